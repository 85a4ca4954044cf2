using System.Buffers.Binary;
using System.Text;
using Pilotlight.Guest;

namespace Pilotlight.Sandbox;

/// <summary>The frames that the host sends to a guest.</summary>
static class HostFrames
{
    /// <exception cref="SandboxException">A string holds a NUL, or all together are larger than a frame may be.</exception>
    public static byte[] Start(int request, ProcessSpec spec)
    {
        string[] strings = [spec.Path, spec.WorkingDirectory, .. spec.Arguments, .. spec.Environment.Select(pair => $"{pair.Key}={pair.Value}")];
        var payload = 8 + strings.Sum(text => (long)Encoding.UTF8.GetByteCount(text) + 1);
        if (payload > GuestProtocol.LargestHostPayload || spec.Arguments.Count > ushort.MaxValue || spec.Environment.Count > ushort.MaxValue)
            throw new SandboxException($"{spec.Path}: arguments and environment are too large ({payload} bytes)");
        if (strings.Any(text => text.Contains('\0')))
            throw new SandboxException($"{spec.Path}: an argument or environment variable holds a NUL character");

        var frame = Frame(spec.Output == ProcessOutput.Aside ? GuestProtocol.StartAside : GuestProtocol.Start, (int)payload);
        var rest = frame.AsSpan(GuestProtocol.HeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(rest, request);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[4..], (ushort)spec.Arguments.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[6..], (ushort)spec.Environment.Count);
        rest = rest[8..];
        foreach (var text in strings)
            rest = rest[(Encoding.UTF8.GetBytes(text, rest) + 1)..];
        return frame;
    }

    public static byte[] Signal(int pid, int signal)
    {
        var frame = Frame(GuestProtocol.Signal, 8);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(GuestProtocol.HeaderLength), pid);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(GuestProtocol.HeaderLength + 4), signal);
        return frame;
    }

    static byte[] Frame(byte kind, int payload)
    {
        var frame = new byte[GuestProtocol.HeaderLength + payload];
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload);
        frame[4] = kind;
        return frame;
    }
}
