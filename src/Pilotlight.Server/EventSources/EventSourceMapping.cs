namespace Pilotlight.EventSources;

/// <summary>
/// A mapping: immutable, replaced as a whole by every change. It belongs to nobody but itself: it outlives its function and its source.
/// </summary>
public sealed record EventSourceMapping
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }

    /// <summary>A UUID.</summary>
    public required string Id { get; init; }

    /// <summary>With the qualifier that was given, if one was.</summary>
    public required string FunctionArn { get; init; }

    /// <summary>Name of its <see cref="EventSourceKind"/>.</summary>
    public required string Kind { get; init; }

    public required MappingSource Source { get; init; }
    public required MappingSettings Settings { get; init; }

    /// <summary>What it becomes when it is settled: <c>Enabled</c> or <c>Disabled</c>.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary><c>Creating</c>, <c>Enabling</c>, <c>Enabled</c>, <c>Disabling</c>, <c>Disabled</c>, <c>Updating</c>, <c>Deleting</c>.</summary>
    public required string State { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    /// <summary>How the last batch went, as of the last save: <see cref="MappingResults"/> knows better. Null when there was none.</summary>
    public string? LastProcessingResult { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public string Arn => ArnOf(Region, AccountId, Id);

    public bool IsSettled => State is "Enabled" or "Disabled";

    public static string ArnOf(string region, string account, string id) => $"arn:aws:lambda:{region}:{account}:event-source-mapping:{id}";

    /// <summary>The end of whatever is under way; null is the end of <c>Deleting</c>.</summary>
    public EventSourceMapping? Settled() => State == "Deleting" ? null : this with { State = IsEnabled ? "Enabled" : "Disabled" };
}
