namespace Pilotlight.Queues;

/// <summary>Moves the messages of a dead-letter queue back, or elsewhere.</summary>
/// <param name="DestinationArn">Null: each to the queue that it came from.</param>
/// <param name="PerSecond">Null for as fast as can be.</param>
sealed record MoveTask(string Id, string SourceArn, string? DestinationArn, int? PerSecond)
{
    public const string Running = "RUNNING", Completed = "COMPLETED", Cancelling = "CANCELLING", Cancelled = "CANCELLED", Failed = "FAILED";

    public required long StartedMilliseconds { get; init; }

    public required long ToMove { get; init; }

    public long Moved { get; init; }

    public string Status { get; init; } = Running;

    public string? FailureReason { get; init; }
}
