using System.Buffers.Binary;
using Pilotlight.Guest;

namespace Pilotlight.Sandbox;

/// <summary>One frame from a guest, every value of which has been found possible.</summary>
readonly record struct GuestFrame(byte Kind, int A, int B = 0, int C = 0)
{
    /// <summary>
    /// Takes one frame from the front of <paramref name="bytes"/>: the bytes it took, 0 when more are needed, or -1 when no guest of
    /// ours can have written this.
    /// </summary>
    public static int TryRead(ReadOnlySpan<byte> bytes, out GuestFrame frame)
    {
        frame = default;
        if (bytes.Length < GuestProtocol.HeaderLength)
            return 0;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var kind = bytes[4];
        if (length != (uint)GuestProtocol.PayloadLength(kind) || length > GuestProtocol.LargestGuestPayload)
            return -1;
        var taken = GuestProtocol.HeaderLength + (int)length;
        if (bytes.Length < taken)
            return 0;
        var payload = bytes[GuestProtocol.HeaderLength..taken];
        var first = BinaryPrimitives.ReadInt32LittleEndian(payload);
        frame = kind switch
        {
            GuestProtocol.Failed => new(kind, first, payload[4], BinaryPrimitives.ReadInt32LittleEndian(payload[5..])),
            GuestProtocol.Started => new(kind, first, BinaryPrimitives.ReadInt32LittleEndian(payload[4..])),
            GuestProtocol.Exited => new(
                kind, first, BinaryPrimitives.ReadInt32LittleEndian(payload[4..]), BinaryPrimitives.ReadInt32LittleEndian(payload[8..])),
            _ => new(kind, first),
        };
        return frame.IsPossible ? taken : -1;
    }

    bool IsPossible => Kind switch
    {
        GuestProtocol.Ready => A == (int)GuestProtocol.Version,
        GuestProtocol.Started => A > 0 && B > 1,
        GuestProtocol.Failed => A > 0 && B is GuestProtocol.FolderStage or GuestProtocol.ExecuteStage && C is > 0 and < 4096,
        GuestProtocol.Exited => A > 1 && B is >= 0 and <= 255 && C is >= 0 and <= 64 && (B == 0 || C == 0),
        _ => false,
    };
}
