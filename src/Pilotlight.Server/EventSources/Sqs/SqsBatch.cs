namespace Pilotlight.EventSources;

/// <summary>Messages that go to the function together, and the event that carries them.</summary>
sealed class SqsBatch : IDisposable
{
    const int RecordOverhead = 2048;

    readonly List<QueueMessage> _messages = [];
    readonly BatchPayload _payload = new();

    SqsBatch()
    {
        _payload.Json.WriteStartObject();
        _payload.Json.WriteStartArray("Records"u8);
    }

    public IReadOnlyList<QueueMessage> Messages => _messages;

    /// <summary>That of the messages, so that a loop through the queue is noticed: when there is one, or when all of them came out of an invocation.</summary>
    public string? TraceHeader
    {
        get
        {
            var first = _messages[0].SystemAttribute("AWSTraceHeader");
            return first is null || _messages.Count == 1
                || _messages.TrueForAll(static message => message.SystemAttribute("AWSTraceHeader")?.Contains("Lineage=", StringComparison.Ordinal) == true)
                    ? first
                    : null;
        }
    }

    /// <summary>In one batch, or in several when they are more than an event may hold.</summary>
    public static List<SqsBatch> Of(IReadOnlyList<QueueMessage> messages, string arn, string region)
    {
        var batches = new List<SqsBatch>(1);
        SqsBatch? batch = null;
        foreach (var message in messages)
        {
            if (batch is null || !batch.HasRoom(message, arn, region))
                batches.Add(batch = new SqsBatch());
            batch._messages.Add(message);
            SqsRecord.Write(batch._payload.Json, message, arn, region);
        }

        return batches;
    }

    /// <summary>The event; nothing can be added afterwards.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        _payload.Json.WriteEndArray();
        _payload.Json.WriteEndObject();
        return _payload.Written;
    }

    /// <summary>Measured only when a guess at the worst does not fit.</summary>
    bool HasRoom(QueueMessage message, string arn, string region)
    {
        var attributes = message.Attributes.Sum(static attribute => 6 * (attribute.Name.Length + (attribute.Text?.Length ?? attribute.Bytes.Length)) + 256);
        if (_payload.Bytes + (6L * message.Body.Length) + attributes + RecordOverhead <= BatchPayload.MaxBytes || _messages.Count == 0)
            return true;
        using var alone = new BatchPayload();
        SqsRecord.Write(alone.Json, message, arn, region);
        return _payload.Bytes + alone.Bytes + 3 <= BatchPayload.MaxBytes;
    }

    public void DisposeAfter(Task finished) => _payload.DisposeAfter(finished);

    public void Dispose() => _payload.Dispose();
}
