using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>
/// A conversation with the kernel's rtnetlink, in the network namespace of the thread that opened it, from whatever thread it is used.
/// One request at a time; every answer is checked. Not thread-safe: open one for each piece of work (a few microseconds).
/// </summary>
sealed partial class NetlinkSocket : IDisposable
{
    const int FamilyNetlink = 16;
    const int RawCloseOnExec = 3 | 0x80000;
    const int LevelSocket = 1, ReceiveTimeout = 20;
    const int LevelNetlink = 270, CapAcknowledgement = 10, ExtendedAcknowledgement = 11;
    const int ReturnRealLength = 0x20;
    const int Interrupted = 4;

    readonly SafeFileHandle _socket;
    readonly byte[] _buffer = new byte[64 * 1024];
    uint _sequence;

    /// <exception cref="SandboxException">The kernel gives no netlink socket.</exception>
    internal NetlinkSocket()
    {
        _socket = new SafeFileHandle(SystemSocket(FamilyNetlink, RawCloseOnExec, 0), ownsHandle: true);
        if (_socket.IsInvalid)
            throw new SandboxException($"no netlink socket: {Posix.LastMessage}");
        // The kernel answers within the send; the limit only keeps a broken kernel from holding the thread for ever.
        SetOption(LevelSocket, ReceiveTimeout, 5L, 0L);
        SetOption(LevelNetlink, CapAcknowledgement, 1);
        SetOption(LevelNetlink, ExtendedAcknowledgement, 1);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Sends a request and waits for the kernel's consent.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    internal void Execute(NetlinkRequest request, string what) => Converse(request, what, static (_, _) => { });

    /// <summary>Asks for a list and hands over each message of it. A list that changed meanwhile is asked for again, after <paramref name="begin"/>.</summary>
    internal void Dump(NetlinkRequest request, string what, Action begin, NetlinkMessageHandler handle)
    {
        const int attempts = 10;
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            begin();
            if (!Converse(request, what, handle).HasFlag(NetlinkProgress.Torn))
                return;
        }
        throw new SandboxException($"{what}: the list changed {attempts} times while it was read");
    }

    NetlinkProgress Converse(NetlinkRequest request, string what, NetlinkMessageHandler handle)
    {
        var sequence = ++_sequence;
        Send(request.Finish(sequence), what);
        var progress = NetlinkProgress.None;
        while (!progress.HasFlag(NetlinkProgress.Finished))
            progress |= NetlinkAnswer.Read(Receive(what), sequence, what, handle);
        return progress;
    }

    void Send(ReadOnlySpan<byte> message, string what)
    {
        // sockaddr_nl: family, then port 0, which is the kernel.
        ReadOnlySpan<byte> kernel = [FamilyNetlink, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        while (SystemSend(_socket, message, (nuint)message.Length, 0, kernel, kernel.Length) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new SandboxException($"{what}: netlink send: {Posix.LastMessage}");
        }
    }

    ReadOnlySpan<byte> Receive(string what)
    {
        Span<byte> sender = stackalloc byte[12];
        while (true)
        {
            var senderLength = sender.Length;
            var received = SystemReceive(_socket, _buffer, (nuint)_buffer.Length, ReturnRealLength, sender, ref senderLength);
            if (received < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                continue;
            if (received < 0)
                throw new SandboxException($"{what}: netlink receive: {Posix.LastMessage}");
            if (received > _buffer.Length)
                throw new InvalidDataException($"{what}: netlink: a datagram of {received} bytes");
            // Another process can send to this socket too; only port 0 is the kernel.
            if (senderLength == sender.Length && MemoryMarshal.Read<uint>(sender[4..]) == 0)
                return _buffer.AsSpan(0, (int)received);
        }
    }

    void SetOption<T>(int level, int option, params ReadOnlySpan<T> value) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(value);
        _ = SystemSetOption(_socket, level, option, bytes, bytes.Length);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SystemSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SystemSetOption(SafeFileHandle socket, int level, int option, ReadOnlySpan<byte> value, int length);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SystemSend(SafeFileHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags, ReadOnlySpan<byte> to, int toLength);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint SystemReceive(SafeFileHandle socket, Span<byte> bytes, nuint length, int flags, Span<byte> from, ref int fromLength);
}
