using System.Text;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>A message as somebody wants it published; checked.</summary>
sealed record PublishInput
{
    /// <summary>256 KB.</summary>
    public const int MaxBytes = 256 * 1024;

    const int MaxSubject = 100;
    const int MaxIds = 128;

    public required string Message { get; init; }

    public IReadOnlyDictionary<string, string>? ByProtocol { get; init; }

    public string? Subject { get; init; }

    public required IReadOnlyDictionary<string, MessageAttribute> Attributes { get; init; }

    public string? GroupId { get; init; }

    public string? DeduplicationId { get; init; }

    public string? TraceHeader { get; init; }

    /// <summary>Of the message and its attributes.</summary>
    public required int Bytes { get; init; }

    /// <summary>The members behind a prefix (<c>PublishBatchRequestEntries.member.1.</c>, or nothing) of a form.</summary>
    /// <param name="path">Of these members in validation errors.</param>
    /// <exception cref="AwsException">One of them is not as it must be.</exception>
    public static PublishInput Read(AwsRequest request, string prefix, string path)
    {
        var form = request.Form;
        var input = Check(
            form.GetValueOrDefault(prefix + "Message", ""), form.GetValueOrDefault(prefix + "Subject"), form.GetValueOrDefault(prefix + "MessageStructure"),
            MessageAttribute.Read(form, prefix + "MessageAttributes", path + "messageAttributes"));
        return input with
        {
            GroupId = form.GetValueOrDefault(prefix + "MessageGroupId"),
            DeduplicationId = form.GetValueOrDefault(prefix + "MessageDeduplicationId"),
            TraceHeader = request.Header("X-Amzn-Trace-Id"),
        };
    }

    /// <exception cref="AwsException">One of the values is not as it must be.</exception>
    public static PublishInput Check(string message, string? subject, string? structure, IReadOnlyDictionary<string, MessageAttribute> attributes)
    {
        if (subject is not null && !IsSubject(subject))
            throw TopicErrors.Parameter("Subject").AsException();
        if (message.Length == 0)
            throw TopicErrors.Parameter("Empty message").AsException();
        if (structure is not (null or "" or "json"))
            throw TopicErrors.Parameter("MessageStructure").AsException();
        var bytes = Encoding.UTF8.GetByteCount(message) + attributes.Sum(static attribute => attribute.Value.SizeWith(attribute.Key));
        var byProtocol = structure == "json" ? Structure(message) : null;
        return new PublishInput
        {
            Message = byProtocol?["default"] ?? message,
            ByProtocol = byProtocol,
            Subject = subject,
            Attributes = attributes,
            Bytes = bytes,
        };
    }

    /// <summary>What a topic of its kind asks for.</summary>
    /// <exception cref="AwsException">It is not given.</exception>
    public void CheckFor(Topic topic)
    {
        if (GroupId is { } group && !IsId(group))
            throw TopicErrors.Parameter("MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for this topic type").AsException();
        if (!topic.IsFifo)
        {
            if (DeduplicationId is not null)
            {
                throw TopicErrors.Parameter(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type").AsException();
            }

            return;
        }

        if (GroupId is null)
            throw TopicErrors.Parameter("The MessageGroupId parameter is required for FIFO topics").AsException();
        if (DeduplicationId is null && !topic.DeduplicatesByContent)
        {
            throw TopicErrors.Parameter(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly").AsException();
        }

        if (DeduplicationId is { } id && !IsId(id))
            throw TopicErrors.Parameter("MessageDeduplicationId").AsException();
    }

    /// <summary>Letters, digits and punctuation.</summary>
    static bool IsId(string id) => id.Length is > 0 and <= MaxIds && !id.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>ASCII in one line that begins with something to see.</summary>
    static bool IsSubject(string subject) =>
        subject.Length is > 0 and <= MaxSubject && subject[0] is > ' ' and <= '~' && !subject.AsSpan().ContainsAnyExceptInRange(' ', '~');

    static Dictionary<string, string> Structure(string message)
    {
        try
        {
            using var json = JsonDocument.Parse(message);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw TopicErrors.Parameter("Message Structure - JSON message body failed to parse").AsException();
            var messages = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Value.ValueKind == JsonValueKind.String)
                    messages[entry.Name] = entry.Value.GetString()!;
            }

            return messages.ContainsKey("default") ? messages : throw TopicErrors.NoDefault.AsException();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw TopicErrors.Parameter("Message Structure - JSON message body failed to parse").AsException();
        }
    }
}
