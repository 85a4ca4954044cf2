namespace Pilotlight.EventSources;

/// <summary>Where the queues of mappings are: on this platform, or in SQS elsewhere.</summary>
public interface IQueueSource
{
    /// <summary>Null when there is no such queue.</summary>
    ValueTask<IPolledQueue?> OpenAsync(string arn, CancellationToken cancellation);
}

/// <summary>A queue as a poller needs it. Every operation throws <see cref="SourceUnavailableException"/> when the queue is gone or refuses.</summary>
public interface IPolledQueue
{
    /// <summary>How many messages one receive brings at the most.</summary>
    int MaxReceive { get; }

    ValueTask<TimeSpan> VisibilityTimeoutAsync(CancellationToken cancellation);

    /// <summary>Waits for the first message. Cancelled, it throws only when it has taken none.</summary>
    /// <param name="visibility">Null for the queue's own.</param>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan? visibility, CancellationToken cancellation);

    /// <summary>Any number of them.</summary>
    Task DeleteAsync(IReadOnlyList<string> receiptHandles, CancellationToken cancellation);
}

/// <summary>A message that was received.</summary>
public sealed record QueueMessage(string MessageId, string ReceiptHandle, string Body, string Md5OfBody)
{
    /// <summary>In the order in which the function sees them.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> SystemAttributes { get; init; }

    public IReadOnlyList<QueueMessageAttribute> Attributes { get; init; } = [];

    /// <summary>Null when there are no attributes.</summary>
    public string? Md5OfAttributes { get; init; }

    public string? SystemAttribute(string name)
    {
        foreach (var (key, value) in SystemAttributes)
        {
            if (key == name)
                return value;
        }

        return null;
    }
}

/// <param name="Text">Null for a binary value.</param>
public readonly record struct QueueMessageAttribute(string Name, string DataType, string? Text, ReadOnlyMemory<byte> Bytes);
