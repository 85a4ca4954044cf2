using System.Globalization;
using System.Text.Json.Serialization;

namespace Pilotlight.Topics;

/// <summary>What was published, or what an endpoint is told of its subscription; kept until every delivery of it has ended.</summary>
public sealed record TopicMessage
{
    public const string Notification = "Notification";
    public const string SubscriptionConfirmation = "SubscriptionConfirmation";
    public const string UnsubscribeConfirmation = "UnsubscribeConfirmation";

    public string Type { get; init; } = Notification;

    public required string MessageId { get; init; }

    public required string TopicArn { get; init; }

    /// <summary>Whoever gets no message of its own gets this one.</summary>
    public required string Message { get; init; }

    /// <summary>Messages of their own, by protocol (<c>MessageStructure</c> <c>json</c>).</summary>
    public IReadOnlyDictionary<string, string>? ByProtocol { get; init; }

    public string? Subject { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    public IReadOnlyDictionary<string, MessageAttribute> Attributes { get; init; } = new Dictionary<string, MessageAttribute>();

    public string? GroupId { get; init; }

    public string? DeduplicationId { get; init; }

    public string? SequenceNumber { get; init; }

    public string? TraceHeader { get; init; }

    /// <summary>1 (SHA-1) or 2 (SHA-256).</summary>
    public string SignatureVersion { get; init; } = "1";

    /// <summary>Of a confirmation.</summary>
    public string? Token { get; init; }

    [JsonIgnore]
    public string Timestamp => PublishedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public string TextFor(string protocol) => ByProtocol?.GetValueOrDefault(protocol) ?? Message;
}
