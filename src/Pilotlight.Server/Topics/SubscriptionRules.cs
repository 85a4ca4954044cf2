using System.Text.Json;
using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>Who may be subscribed, and what may be set on a subscription.</summary>
static partial class SubscriptionRules
{
    const int MaxFilters = 200;

    /// <summary>Null when the topic can have such a subscription.</summary>
    public static AwsError? Refusal(Topic topic, string protocol, string endpoint)
    {
        switch (protocol)
        {
            case "sqs":
                if (endpoint.Split(':') is not ["arn", _, "sqs", { Length: > 0 }, { Length: 12 }, { Length: > 0 }])
                    return TopicErrors.Parameter("SQS endpoint ARN");
                return !topic.IsFifo && endpoint.EndsWith(".fifo", StringComparison.Ordinal)
                    ? TopicErrors.Parameter("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
                    : null;
            case "lambda":
                if (endpoint.Split(':') is not ["arn", _, "lambda", { Length: > 0 }, { Length: 12 }, "function", { Length: > 0 }, ..])
                    return TopicErrors.Parameter("Lambda endpoint ARN");
                break;
            case "http" or "https":
                if (!endpoint.StartsWith($"{protocol}://", StringComparison.OrdinalIgnoreCase))
                    return TopicErrors.Parameter("Endpoint must match the specified protocol");
                if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
                    return TopicErrors.Parameter("Endpoint");
                break;
            case "email" or "email-json":
                if (!Email().IsMatch(endpoint))
                    return TopicErrors.Parameter("Email address");
                break;
            case "sms":
                return Phone().IsMatch(endpoint)
                    ? TopicErrors.Parameter("Protocol Reason: sms endpoints are not served by this platform")
                    : TopicErrors.Bare($"Invalid SMS endpoint: {endpoint}");
            case "application" or "firehose":
                return TopicErrors.Parameter($"Protocol Reason: {protocol} endpoints are not served by this platform");
            default:
                return TopicErrors.Parameter($"Amazon SNS does not support this protocol string: {protocol}");
        }

        return topic.IsFifo ? TopicErrors.Parameter("Invalid parameter: Endpoint Reason: Please use SQS queues as endpoints of FIFO topics") : null;
    }

    /// <param name="where">Stands before what is wrong: nothing, or <c>Attributes Reason: </c>.</param>
    /// <exception cref="AwsException">There is no such attribute, or its value is not as it must be.</exception>
    public static Subscription Set(TopicState state, Subscription subscription, string name, string value, string where)
    {
        switch (name)
        {
            case "RawMessageDelivery":
                if (!bool.TryParse(value, out var raw))
                    throw TopicErrors.Parameter($"{where}RawMessageDelivery: Invalid value [{value}]. Must be true or false.").AsException();
                if (raw && subscription.Protocol is not ("sqs" or "http" or "https"))
                    throw TopicErrors.Parameter($"{where}Delivery protocol [{subscription.Protocol}] does not support raw message delivery.").AsException();
                return subscription with { RawMessageDelivery = raw };
            case "FilterPolicy":
                if (IsNothing(value))
                    return subscription with { FilterPolicy = null };
                CheckFilter(value, subscription.FilterPolicyScope, where);
                if (subscription.FilterPolicy is null && state.Shown.Count(static one => one.FilterPolicy is not null) >= MaxFilters)
                    throw TopicErrors.TooManyFilters.AsException();
                return subscription with { FilterPolicy = value };
            case "FilterPolicyScope":
                if (value is not (FilterPolicy.Attributes or FilterPolicy.Body))
                {
                    throw TopicErrors.Parameter(
                        $"{where}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes").AsException();
                }

                if (subscription.FilterPolicy is { } policy)
                    CheckFilter(policy, value, where);
                return subscription with { FilterPolicyScope = value };
            case "RedrivePolicy":
                if (!IsNothing(value))
                    CheckRedrive(state.Topic, subscription, value, where);
                return subscription with { RedrivePolicy = IsNothing(value) ? null : value };
            case "DeliveryPolicy":
                if (!IsNothing(value))
                {
                    if (!subscription.IsHttp)
                        throw TopicErrors.Parameter($"{where}Delivery protocol [{subscription.Protocol}] does not support delivery policies.").AsException();
                    HttpDeliveryPolicy.OfSubscription(value);
                }

                return subscription with { DeliveryPolicy = IsNothing(value) ? null : value };
            case "ReplayPolicy":
                throw TopicErrors.Parameter($"{where}ReplayPolicy: message archives are not served by this platform").AsException();
            case "SubscriptionRoleArn" when value.Length == 0:
                return subscription;
            case "SubscriptionRoleArn":
                throw TopicErrors.Parameter($"{where}SubscriptionRoleArn: Delivery protocol [{subscription.Protocol}] does not use a role.").AsException();
            default:
                throw TopicErrors.Parameter(where.Length == 0 ? "AttributeName" : $"{where}Unknown attribute {name}").AsException();
        }
    }

    /// <summary>All of a request; the scope first, because the filter policy is read in it.</summary>
    public static Subscription SetAll(TopicState state, Subscription subscription, IReadOnlyDictionary<string, string> attributes)
    {
        foreach (var (name, value) in attributes.OrderBy(static attribute => attribute.Key == "FilterPolicyScope" ? 0 : 1))
            subscription = Set(state, subscription, name, value, "Attributes Reason: ");
        return subscription;
    }

    /// <summary>An endpoint without the password in it.</summary>
    public static string Shown(string endpoint) => Password().Replace(endpoint, "$1****@");

    static bool IsNothing(string value) => value.Trim() is "" or "{}" or "null";

    static void CheckFilter(string policy, string scope, string where)
    {
        try
        {
            FilterPolicy.Parse(policy, scope);
        }
        catch (FilterPolicyException malformed)
        {
            throw TopicErrors.Parameter(where + malformed.Message).AsException();
        }
    }

    static void CheckRedrive(Topic topic, Subscription subscription, string policy, string where)
    {
        string? queue;
        try
        {
            using var json = JsonDocument.Parse(policy);
            queue = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("deadLetterTargetArn", out var target)
                && target.ValueKind == JsonValueKind.String ? target.GetString() : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw TopicErrors.Parameter($"{where}RedrivePolicy: {JsonComplaint.Of(policy)}").AsException();
        }

        if (queue?.Split(':') is not ["arn", _, "sqs", { Length: > 0 }, { Length: 12 }, { Length: > 0 } name])
            throw TopicErrors.Parameter($"{where}RedrivePolicy: deadLetterTargetArn is an invalid arn").AsException();
        if (topic.IsFifo && subscription.Endpoint.EndsWith(".fifo", StringComparison.Ordinal) && !name.EndsWith(".fifo", StringComparison.Ordinal))
        {
            throw TopicErrors.Parameter(
                $"{where}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.").AsException();
        }
    }

    [GeneratedRegex(@"\A[^\s@]{1,64}@[^\s@]{1,255}\z")]
    private static partial Regex Email();

    [GeneratedRegex(@"\A\+?[0-9][0-9./()-]{0,24}\z")]
    private static partial Regex Phone();

    [GeneratedRegex(@"\A(https?://[^:/@]*:)[^/@]*@", RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
