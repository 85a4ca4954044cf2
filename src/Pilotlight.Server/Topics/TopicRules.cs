using System.Text.Json;
using System.Text.RegularExpressions;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;

namespace Pilotlight.Topics;

/// <summary>What may be set on a topic.</summary>
static partial class TopicRules
{
    const int MaxDisplayName = 100;

    /// <param name="where">Stands before what is wrong: nothing, or <c>Attributes Reason: </c>.</param>
    /// <exception cref="AwsException">There is no such attribute, or its value is not as it must be.</exception>
    public static Topic Set(Topic topic, string name, string value, string where, NamedIdentities identities)
    {
        switch (name)
        {
            case "Policy":
                return topic with { Policy = value.Length == 0 ? null : CheckedPolicy(value, where, identities) };
            case "DeliveryPolicy":
                if (value.Length > 0)
                    HttpDeliveryPolicy.OfTopic(value);
                break;
            case "DisplayName":
                if (value.Length > MaxDisplayName)
                    throw TopicErrors.Parameter($"{where}DisplayName").AsException();
                return topic.With(name, value);
            case "ContentBasedDeduplication" when topic.IsFifo:
                RequireOneOf("true", "false");
                break;
            case "FifoThroughputScope" when topic.IsFifo:
                RequireOneOf("Topic", "MessageGroup");
                break;
            case "ContentBasedDeduplication" or "FifoThroughputScope":
                throw TopicErrors.Parameter($"{where}{name}: can only be set on FIFO topics").AsException();
            case "SignatureVersion":
                RequireOneOf("1", "2");
                break;
            case "TracingConfig":
                RequireOneOf("PassThrough", "Active");
                break;
            case "KmsMasterKeyId":
                break;
            case "ArchivePolicy":
                throw TopicErrors.Parameter($"{where}ArchivePolicy: message archives are not served by this platform").AsException();
            default:
                if (!Feedback().IsMatch(name))
                    throw TopicErrors.Parameter(where.Length == 0 ? "AttributeName" : $"{where}Unknown attribute {name}").AsException();
                if (name.EndsWith("SampleRate", StringComparison.Ordinal) && value.Length > 0 && !(int.TryParse(value, out var rate) && rate is >= 0 and <= 100))
                    throw TopicErrors.Parameter($"{where}{name}").AsException();
                break;
        }

        return topic.With(name, value.Length == 0 ? null : value);

        void RequireOneOf(params ReadOnlySpan<string> values)
        {
            if (!values.Contains(value))
                throw TopicErrors.Parameter($"{where}{name}: Invalid value [{value}]. Must be {string.Join(" or ", values.ToArray())}.").AsException();
        }
    }

    static string CheckedPolicy(string document, string where, NamedIdentities identities)
    {
        if (Policy.TryParse(document, PolicyKind.Resource, "topic policy", out _) is null)
            throw TopicErrors.Parameter($"{where}Policy Error: null").AsException();
        using var json = JsonDocument.Parse(document);
        var statements = json.RootElement.GetProperty("Statement");
        foreach (var statement in statements.ValueKind == JsonValueKind.Array ? [.. statements.EnumerateArray()] : new[] { statements })
        {
            if (statement.TryGetProperty("Action", out var action) && !Texts(action).All(static one => one == "*" || one.StartsWith("sns:", StringComparison.OrdinalIgnoreCase)))
                throw TopicErrors.Parameter($"{where}Policy statement action out of service scope!").AsException();
            if (statement.TryGetProperty("Principal", out var principal) && principal.ValueKind == JsonValueKind.Object
                && principal.TryGetProperty("AWS", out var named) && !Texts(named).All(identities.MayBe))
                throw TopicErrors.Parameter($"{where}Policy Error: PrincipalNotFound").AsException();
        }

        return document;
    }

    static IEnumerable<string> Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => [json.GetString()!],
        JsonValueKind.Array => json.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!),
        _ => [],
    };

    public static bool IsName(string name) => Name().IsMatch(name);

    public static bool IsFifoName(string name) => name.Length <= 256 && name.EndsWith(".fifo", StringComparison.Ordinal) && Name().IsMatch(name[..^5]);

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,256}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A(HTTP|SQS|Lambda|Firehose|Application)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)\z")]
    private static partial Regex Feedback();
}
