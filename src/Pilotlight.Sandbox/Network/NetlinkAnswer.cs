using System.Runtime.InteropServices;

namespace Pilotlight.Sandbox;

delegate void NetlinkMessageHandler(ushort type, ReadOnlySpan<byte> body);

/// <summary>How far an answer has come: its last message was read; the list changed while the kernel wrote it.</summary>
[Flags]
enum NetlinkProgress
{
    None = 0,
    Finished = 1,
    Torn = 2,
}

/// <summary>Understands one datagram of the kernel's answer to one request.</summary>
static class NetlinkAnswer
{
    const ushort NoOperation = 1, Error = 2, Done = 3, Overrun = 4;
    const ushort DumpInterrupted = 0x10, HasErrorAttributes = 0x200;
    const int ErrorMessageAttribute = 1;

    /// <exception cref="NetlinkException">The kernel refused the request.</exception>
    /// <exception cref="InvalidDataException">The bytes are no answer.</exception>
    internal static NetlinkProgress Read(ReadOnlySpan<byte> datagram, uint sequence, string what, NetlinkMessageHandler handle)
    {
        if (datagram.IsEmpty)
            throw new InvalidDataException($"{what}: netlink: an empty datagram");
        var progress = NetlinkProgress.None;
        var reader = new NetlinkReader(datagram);
        while (reader.Read())
        {
            // What belongs to an earlier request that was given up is none of this one's business.
            if (reader.Sequence != sequence)
                continue;
            if ((reader.Flags & DumpInterrupted) != 0)
                progress |= NetlinkProgress.Torn;
            switch (reader.Type)
            {
                case NoOperation:
                    break;
                case Error:
                    ThrowIfRefused(reader, what);
                    return progress | NetlinkProgress.Finished;
                case Done:
                    if (reader.Body.Length >= 4 && MemoryMarshal.Read<int>(reader.Body) is < 0 and var error)
                        throw new NetlinkException(what, -error, null);
                    return progress | NetlinkProgress.Finished;
                case Overrun:
                    throw new InvalidDataException($"{what}: netlink: messages were lost");
                default:
                    handle(reader.Type, reader.Body);
                    break;
            }
        }
        return progress;
    }

    static void ThrowIfRefused(NetlinkReader reader, string what)
    {
        if (reader.Body.Length < 4)
            throw new InvalidDataException($"{what}: netlink: an error of {reader.Body.Length} bytes");
        var error = -MemoryMarshal.Read<int>(reader.Body);
        if (error != 0)
            throw new NetlinkException(what, error, Explanation(reader));
    }

    static string? Explanation(NetlinkReader reader)
    {
        // The error code and a copy of the request's header come first.
        const int fixedBytes = 4 + NetlinkRequest.HeaderBytes;
        if ((reader.Flags & HasErrorAttributes) == 0 || reader.Body.Length < fixedBytes)
            return null;
        var attributes = new NetlinkAttributes(reader.Body[fixedBytes..]);
        while (attributes.Read())
        {
            if (attributes.Type == ErrorMessageAttribute)
                return attributes.Text;
        }
        return null;
    }
}

/// <summary>The kernel refused a netlink request; <c>Error</c> is the errno.</summary>
sealed class NetlinkException(string what, int error, string? explanation)
    : Exception($"{what}: {Marshal.GetPInvokeErrorMessage(error)}{(explanation is null ? "" : $" ({explanation})")}")
{
    internal const int NoPermission = 1, NoSuchDevice = 19, Exists = 17, NotSupported = 95, NoFamily = 97;

    internal int Error { get; } = error;
}
