using System.Buffers.Binary;

namespace Pilotlight.Logs;

/// <summary>
/// Events one after another in a block of bytes: timestamp (8), length (4), message. Stream buffers and stored chunks share this form,
/// so that a line is copied once on its way to the disk.
/// </summary>
static class LogFrames
{
    public const int HeaderBytes = 12;

    public static void Write(Span<byte> destination, long timestampMilliseconds, ReadOnlySpan<byte> message)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, timestampMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], message.Length);
        message.CopyTo(destination[HeaderBytes..]);
    }

    /// <summary>Reads the frame at an offset. False at the end, or where the bytes are no frame (a damaged file).</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, ref int offset, out long timestampMilliseconds, out Range message)
    {
        timestampMilliseconds = 0;
        message = default;
        if (block.Length - offset < HeaderBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(block[(offset + 8)..]);
        if (length < 0 || length > block.Length - offset - HeaderBytes)
            return false;
        timestampMilliseconds = BinaryPrimitives.ReadInt64LittleEndian(block[offset..]);
        var start = offset + HeaderBytes;
        message = start..(start + length);
        offset = start + length;
        return true;
    }
}
