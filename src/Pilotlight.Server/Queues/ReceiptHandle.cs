using System.Buffers.Binary;

namespace Pilotlight.Queues;

/// <summary>Names one receive of one message; opaque to callers. The nonce of the queue tells handles of another queue, or made-up ones.</summary>
/// <param name="Run">The process that handed it out.</param>
readonly record struct ReceiptHandle(long Sequence, int Receive, uint Run)
{
    const int Bytes = 25;
    const byte Version = 1;

    public string Write(ulong nonce)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[1..], nonce);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[17..], Receive);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[21..], Run);
        return Convert.ToBase64String(bytes);
    }

    public static ReceiptHandle? TryRead(string text, ulong nonce)
    {
        Span<byte> bytes = stackalloc byte[Bytes + 2];
        if (text.Length != 36 || !Convert.TryFromBase64String(text, bytes, out var written) || written != Bytes || bytes[0] != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[1..]) != nonce)
            return null;
        return new ReceiptHandle(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[17..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]));
    }
}
