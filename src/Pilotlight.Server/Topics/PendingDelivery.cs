namespace Pilotlight.Topics;

enum DeliveryPhase
{
    ToEndpoint,

    /// <summary>The endpoint did not take it: on its way to the subscription's dead-letter queue.</summary>
    ToDeadLetterQueue,
}

/// <summary>A stored message that deliveries share. The message itself is dropped from memory when there are too many; it is on disk.</summary>
sealed class HeldMessage(long row)
{
    int _outstanding;

    public long Row => row;

    /// <summary>Null: read it from the store.</summary>
    public TopicMessage? Message { get; set; }

    /// <summary>What <see cref="Message"/> counts for in memory.</summary>
    public long HeldBytes { get; set; }

    public void Share(int deliveries) => _outstanding += deliveries;

    /// <summary>True for the last delivery of the message.</summary>
    public bool EndOne() => Interlocked.Decrement(ref _outstanding) == 0;
}

/// <summary>One message on its way to one subscription. Its lane owns it.</summary>
sealed class PendingDelivery
{
    public required long Id { get; init; }

    public required HeldMessage Held { get; init; }

    public required string SubscriptionArn { get; init; }

    /// <summary>Deliveries of a group go one after the other; null: in any order.</summary>
    public string? Group { get; init; }

    /// <summary>Attempts of the phase that failed.</summary>
    public int Failures { get; set; }

    public DeliveryPhase Phase { get; set; }

    public DateTimeOffset Due { get; set; }

    /// <summary>Completes when it is on disk; nothing is sent before.</summary>
    public Task Stored { get; init; } = Task.CompletedTask;
}
