namespace Pilotlight.Logs;

/// <summary>One event as it was read. The message is what the function wrote, not necessarily valid UTF-8.</summary>
readonly record struct LogEvent(LogPosition Position, ReadOnlyMemory<byte> Message, long IngestedMilliseconds, string Stream)
{
    public long Timestamp => Position.Timestamp;
}

/// <summary>The events of one stored chunk, in their order.</summary>
sealed class LoadedChunk
{
    readonly byte[] _frames;
    readonly (long Timestamp, int Start, int Length)[] _events;
    readonly long _id;
    readonly long _ingested;
    readonly string _stream;

    public LoadedChunk(long id, byte[] frames, long ingested, string stream)
    {
        (_id, _frames, _ingested, _stream) = (id, frames, ingested, stream);
        var events = new List<(long Timestamp, int Start, int Length)>();
        var isOrdered = true;
        var offset = 0;
        while (LogFrames.TryRead(frames, ref offset, out var timestamp, out var message))
        {
            isOrdered &= events.Count == 0 || events[^1].Timestamp <= timestamp;
            events.Add((timestamp, message.Start.Value, message.End.Value - message.Start.Value));
        }

        // OrderBy is stable: events of the same millisecond keep the order of writing.
        _events = isOrdered ? [.. events] : [.. events.OrderBy(e => e.Timestamp)];
    }

    public int Count => _events.Length;

    public LogPosition PositionOf(int index) => LogPosition.OfEvent(_events[index].Timestamp, _id, index);

    public LogEvent this[int index] =>
        new(PositionOf(index), _frames.AsMemory(_events[index].Start, _events[index].Length), _ingested, _stream);

    /// <summary>Index of the first event after a position; <see cref="Count"/> when there is none.</summary>
    public int FirstAfter(LogPosition position)
    {
        var (low, high) = (0, _events.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (PositionOf(middle).CompareTo(position) > 0)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
