using System.Collections.Immutable;
using System.Globalization;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Queues;

/// <summary>The attributes of queues: which there are, what they may be, and how they are shown.</summary>
static class QueueAttributes
{
    public const int MaxMessageBytes = 1_048_576;

    static readonly (string Name, int Min, int Max, int Default)[] s_numbers =
    [
        ("DelaySeconds", 0, 900, 0), ("MaximumMessageSize", 1024, MaxMessageBytes, MaxMessageBytes), ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
        ("ReceiveMessageWaitTimeSeconds", 0, 20, 0), ("VisibilityTimeout", 0, 43_200, 30), ("KmsDataKeyReusePeriodSeconds", 60, 86_400, 300),
    ];

    static readonly string[] s_known =
    [
        "All", "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn", "ApproximateNumberOfMessagesDelayed",
        "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds", "DeduplicationScope", "FifoThroughputLimit", "RedriveAllowPolicy", "SqsManagedSseEnabled",
    ];

    /// <summary>The values that a queue has after some were set.</summary>
    /// <exception cref="AwsException">A name or a value is none.</exception>
    public static ImmutableSortedDictionary<string, string> Apply(
        QueueKey key, ImmutableSortedDictionary<string, string> before, IEnumerable<KeyValuePair<string, string>> changes, Func<string, Queue?> find)
    {
        var values = before.ToBuilder();
        foreach (var (name, value) in changes)
        {
            if (Valid(key, name, value, find) is { } valid)
                values[name] = valid;
            else
                values.Remove(name);
        }

        RefuseContradictions(values, before, changes.ToDictionary());
        return values.ToImmutable();
    }

    /// <summary>Null for a value that takes the attribute away.</summary>
    static string? Valid(QueueKey key, string name, string value, Func<string, Queue?> find)
    {
        foreach (var (number, min, max, _) in s_numbers)
        {
            if (number == name)
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds >= min && seconds <= max
                    ? seconds.ToString(CultureInfo.InvariantCulture)
                    : throw SqsErrors.InvalidAttributeValue(name).AsException();
        }

        return name switch
        {
            "Policy" => ValidPolicy(value),
            "RedrivePolicy" => ValidRedrive(key, value, find),
            "RedriveAllowPolicy" => value.Length == 0 ? null : RedriveAllowPolicy.Parse(value)?.ToString()
                ?? throw SqsErrors.InvalidParameter(value, name, "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.").AsException(),
            "KmsMasterKeyId" => value.Length == 0 ? null : value.Length <= 2048 ? value : throw SqsErrors.InvalidAttributeValue(name).AsException(),
            "SqsManagedSseEnabled" => Flag(name, value),
            "FifoQueue" when key.IsFifo => value == "true" ? value
                : throw SqsErrors.InvalidAttributeValueText("Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.").AsException(),
            "ContentBasedDeduplication" when key.IsFifo => Flag(name, value),
            "DeduplicationScope" when key.IsFifo => value is "queue" or "messageGroup" ? value : throw SqsErrors.InvalidAttributeValue(name).AsException(),
            "FifoThroughputLimit" when key.IsFifo => value is "perQueue" or "perMessageGroupId" ? value : throw SqsErrors.InvalidAttributeValue(name).AsException(),
            _ => throw SqsErrors.UnknownAttribute(name).AsException(),
        };
    }

    static string Flag(string name, string value) => value.ToLowerInvariant() is var flag && flag is "true" or "false"
        ? flag
        : throw SqsErrors.InvalidAttributeValue(name).AsException();

    static string? ValidPolicy(string value)
    {
        if (value.Length == 0)
            return null;
        if (Policy.TryParse(value, PolicyKind.Resource, "queue", out _) is null)
            throw SqsErrors.InvalidAttributeValue("Policy").AsException();
        return value;
    }

    static string? ValidRedrive(QueueKey key, string value, Func<string, Queue?> find)
    {
        if (value.Length == 0)
            return null;
        var redrive = RedrivePolicy.Parse(value, out var reason) ?? throw Refused(reason);
        var target = QueueKey.OfArn(redrive.DeadLetterTargetArn)!.Value;
        if (target.AccountId != key.AccountId || target.Region != key.Region)
            throw Refused("Invalid value for deadLetterTargetArn.");
        if (find(redrive.DeadLetterTargetArn) is not { } dead)
            throw Refused("Dead letter target does not exist.");
        if (dead.IsFifo != key.IsFifo)
            throw Refused("Dead-letter queue must be same type of queue as the source.");
        if (dead.Settings.RedriveAllowPolicy?.Allows(key.Arn) == false)
            throw Refused("Dead-letter queue does not allow this queue to use it.");
        return redrive.ToString();

        AwsException Refused(string why) => SqsErrors.InvalidParameter(value, "RedrivePolicy", why).AsException();
    }

    static void RefuseContradictions(
        ImmutableSortedDictionary<string, string>.Builder values, ImmutableSortedDictionary<string, string> before, Dictionary<string, string> changes)
    {
        var setsKey = changes.TryGetValue("KmsMasterKeyId", out var keyId) && keyId.Length > 0;
        var setsManaged = changes.GetValueOrDefault("SqsManagedSseEnabled")?.ToLowerInvariant() == "true";
        if (setsManaged && values.ContainsKey("KmsMasterKeyId"))
            throw SqsErrors.InvalidAttributeName("You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.").AsException();
        if (setsKey)
            values["SqsManagedSseEnabled"] = "false";
        if (values.GetValueOrDefault("FifoThroughputLimit") == "perMessageGroupId" && values.GetValueOrDefault("DeduplicationScope") != "messageGroup")
            throw SqsErrors.InvalidAttributeValueText("Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId requires DeduplicationScope messageGroup.").AsException();
        if (changes.ContainsKey("KmsMasterKeyId") && !setsKey && before.ContainsKey("KmsMasterKeyId"))
            values.Remove("KmsDataKeyReusePeriodSeconds");
    }

    /// <summary>The attribute in which an existing queue differs from what is asked for, or null.</summary>
    public static string? Difference(Queue queue, ImmutableSortedDictionary<string, string> wanted)
    {
        foreach (var (name, value) in wanted)
        {
            if (SettingOf(queue, name) != value)
                return name;
        }

        return null;
    }

    /// <summary>Those of the attributes that the queue has.</summary>
    /// <exception cref="AwsException">A name is none.</exception>
    public static List<KeyValuePair<string, string>> Show(Queue queue, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (!s_known.Contains(name))
                throw SqsErrors.UnknownAttribute(name).AsException();
        }

        QueueCounts? counts = null;
        var shown = new List<KeyValuePair<string, string>>();
        foreach (var name in s_known)
        {
            if ((names.Contains(name) || names.Contains("All")) && ValueOf(name) is { } value)
                shown.Add(KeyValuePair.Create(name, value));
        }

        return shown;

        string? ValueOf(string name) => name switch
        {
            "QueueArn" => queue.Arn,
            "CreatedTimestamp" => Text(queue.Created.ToUnixTimeSeconds()),
            "LastModifiedTimestamp" => Text(queue.Settings.Modified.ToUnixTimeSeconds()),
            "ApproximateNumberOfMessages" => Text((counts ??= queue.Count()).Visible),
            "ApproximateNumberOfMessagesNotVisible" => Text((counts ??= queue.Count()).InFlight),
            "ApproximateNumberOfMessagesDelayed" => Text((counts ??= queue.Count()).Delayed),
            _ => SettingOf(queue, name),
        };
    }

    static string? SettingOf(Queue queue, string name)
    {
        var values = queue.Settings.Values;
        if (values.TryGetValue(name, out var value))
            return value;
        return name switch
        {
            "KmsDataKeyReusePeriodSeconds" => values.ContainsKey("KmsMasterKeyId") ? "300" : null,
            "SqsManagedSseEnabled" => "true",
            "FifoQueue" => queue.IsFifo ? "true" : null,
            "ContentBasedDeduplication" => queue.IsFifo ? "false" : null,
            "DeduplicationScope" => queue.IsFifo ? "queue" : null,
            "FifoThroughputLimit" => queue.IsFifo ? "perQueue" : null,
            _ => s_numbers.FirstOrDefault(number => number.Name == name) is { Name: not null } number ? Text(number.Default) : null,
        };
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
