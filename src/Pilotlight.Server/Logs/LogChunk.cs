using System.IO.Compression;

namespace Pilotlight.Logs;

/// <summary>
/// Some consecutive events of one stream, as one row of the database. It spans at most <see cref="MaxSpanMilliseconds"/>, so that a
/// reader who looks for a timestamp knows how far back a chunk that holds it can begin.
/// </summary>
readonly record struct LogChunk
{
    public const long MaxSpanMilliseconds = 5_000;

    /// <summary>A chunk closes when it has this many bytes: what a reader of the last few lines has to unpack.</summary>
    public const int TargetBytes = 128 * 1024;

    /// <summary>AWS counts this many bytes for an event beside its message.</summary>
    public const int EventOverheadBytes = 26;

    /// <summary>Below this, packing costs more than the bytes it saves.</summary>
    const int PackFromBytes = 1024;

    public required long MinTimestamp { get; init; }
    public required long MaxTimestamp { get; init; }
    public required int Events { get; init; }

    /// <summary>Bytes of the messages, as AWS counts them.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Frames (<see cref="LogFrames"/>), as they are.</summary>
    public required ReadOnlyMemory<byte> Frames { get; init; }

    /// <summary>Cuts a block of frames into chunks. The chunks refer to the block: it must outlive them.</summary>
    public static void Cut(ReadOnlyMemory<byte> block, List<LogChunk> chunks)
    {
        var span = block.Span;
        var (start, offset, events) = (0, 0, 0);
        long minimum = long.MaxValue, maximum = long.MinValue;
        while (true)
        {
            var begin = offset;
            if (!LogFrames.TryRead(span, ref offset, out var timestamp, out _))
                break;
            var (newMinimum, newMaximum) = (Math.Min(minimum, timestamp), Math.Max(maximum, timestamp));
            if (events > 0 && (offset - start > TargetBytes || newMaximum - newMinimum > MaxSpanMilliseconds))
            {
                Close(begin);
                (newMinimum, newMaximum) = (timestamp, timestamp);
            }

            (minimum, maximum) = (newMinimum, newMaximum);
            events++;
        }

        if (events > 0)
            Close(offset);

        void Close(int end)
        {
            chunks.Add(new LogChunk
            {
                MinTimestamp = minimum,
                MaxTimestamp = maximum,
                Events = events,
                StoredBytes = end - start + (long)events * (EventOverheadBytes - LogFrames.HeaderBytes),
                Frames = block[start..end],
            });
            (start, events) = (end, 0);
        }
    }

    /// <summary>The frames as they are stored: deflated where that is worth it.</summary>
    public (ReadOnlyMemory<byte> Bytes, bool IsPacked) Pack()
    {
        if (Frames.Length < PackFromBytes)
            return (Frames, false);
        var packed = new MemoryStream(Frames.Length / 3);
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(Frames.Span);
        return packed.Length < Frames.Length * 3L / 4
            ? (packed.GetBuffer().AsMemory(0, (int)packed.Length), true)
            : (Frames, false);
    }

    /// <summary>The frames of a stored chunk; empty when the bytes are damaged.</summary>
    public static byte[] Unpack(byte[] stored, bool isPacked)
    {
        if (!isPacked)
            return stored;
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(stored), CompressionMode.Decompress);
            var frames = new MemoryStream(stored.Length * 4);
            inflate.CopyTo(frames);
            return frames.ToArray();
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}
