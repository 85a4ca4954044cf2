namespace Pilotlight.Logs;

/// <summary>A log group as it is stored.</summary>
sealed record LogGroup
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required long CreatedMilliseconds { get; init; }
    public int? RetentionDays { get; init; }
    public string Class { get; init; } = "STANDARD";
    public string? KmsKeyId { get; init; }
    public long StoredBytes { get; init; }

    /// <summary>Events before this are expired, whether or not they were swept out yet.</summary>
    public long ExpiredBefore(long now) => RetentionDays is { } days ? now - days * 86_400_000L : 0;
}

/// <summary>A log stream as it is stored.</summary>
sealed record LogStream
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required long CreatedMilliseconds { get; init; }
    public long? FirstEvent { get; init; }

    /// <summary>-1 while there is none, so that it can be ordered by.</summary>
    public long LastEvent { get; init; } = -1;

    public long? LastIngestion { get; init; }
}
