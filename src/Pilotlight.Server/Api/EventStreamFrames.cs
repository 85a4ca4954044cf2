using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Pilotlight.Api;

/// <summary>
/// Frames of <c>application/vnd.amazon.eventstream</c> (spec/invoke.md 3): length, length of the headers, checksum of these two, headers,
/// payload, checksum of everything before; all big-endian.
/// </summary>
public static class EventStreamFrames
{
    public const string ContentType = "application/vnd.amazon.eventstream";

    const int PreludeBytes = 12;
    const int ChecksumBytes = 4;
    const byte StringValue = 7;

    /// <param name="headers">As <see cref="Headers"/> made them.</param>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> headers, in ReadOnlySequence<byte> payload)
    {
        Span<byte> prelude = stackalloc byte[PreludeBytes];
        BinaryPrimitives.WriteInt32BigEndian(prelude, checked(PreludeBytes + headers.Length + (int)payload.Length + ChecksumBytes));
        BinaryPrimitives.WriteInt32BigEndian(prelude[4..], headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(prelude[8..], Crc32.Finish(Crc32.Append(Crc32.Start, prelude[..8])));
        to.Write(prelude);
        to.Write(headers);
        var checksum = Crc32.Append(Crc32.Append(Crc32.Start, prelude), headers);
        foreach (var part in payload)
        {
            to.Write(part.Span);
            checksum = Crc32.Append(checksum, part.Span);
        }

        Span<byte> end = stackalloc byte[ChecksumBytes];
        BinaryPrimitives.WriteUInt32BigEndian(end, Crc32.Finish(checksum));
        to.Write(end);
    }

    /// <summary>Each: length of the name, name, type, length of the value, value.</summary>
    public static byte[] Headers(params ReadOnlySpan<(string Name, string Value)> headers)
    {
        using var bytes = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            bytes.WriteByte((byte)name.Length);
            bytes.Write(Encoding.ASCII.GetBytes(name));
            bytes.WriteByte(StringValue);
            bytes.WriteByte((byte)(value.Length >> 8));
            bytes.WriteByte((byte)value.Length);
            bytes.Write(Encoding.ASCII.GetBytes(value));
        }

        return bytes.ToArray();
    }
}
