using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Pilotlight.RuntimeSupport;

/// <summary>The system calls of the client. System.Net.Sockets would do the same and add some 10 ms to every cold start.</summary>
static unsafe partial class Libc
{
    const int InterNetwork = 2, Stream = 1, CloseOnExec = 0x80000, NoSignal = 0x4000, Tcp = 6, NoDelay = 1;
    const int Interrupted = 4, BrokenPipe = 13, SetAll = 2, WriteOnly = 1;

    /// <summary>Connects to an IPv4 address, given in the order of the network.</summary>
    public static int Connect(uint address, int port)
    {
        var target = new SocketAddress { Family = InterNetwork, Port = BinaryPrimitives.ReverseEndianness((ushort)port), Address = address };
        var socket = OpenSocket(InterNetwork, Stream | CloseOnExec, 0);
        if (socket < 0) throw Failed("socket");
        var enabled = 1;
        SetOption(socket, Tcp, NoDelay, &enabled, sizeof(int));
        if (ConnectSocket(socket, &target, sizeof(SocketAddress)) == 0) return socket;
        var refused = Failed("connect");
        Close(socket);
        throw refused;
    }

    /// <summary>The bytes read, 0 at the end of the stream.</summary>
    public static int Receive(int socket, Span<byte> into)
    {
        fixed (byte* bytes = into)
        {
            while (true)
            {
                var count = Receive(socket, bytes, into.Length, 0);
                if (count >= 0) return (int)count;
                if (Marshal.GetLastPInvokeError() != Interrupted) throw Failed("recv");
            }
        }
    }

    public static void SendAll(int socket, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            fixed (byte* bytes = data) data = data[Sent(Send(socket, bytes, data.Length, NoSignal), "send")..];
        }
    }

    public static void WriteAll(int descriptor, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            fixed (byte* bytes = data) data = data[Sent(Write(descriptor, bytes, data.Length), "write")..];
        }
    }

    /// <summary>Makes these the whole environment of the process.</summary>
    public static void SetVariables(Dictionary<string, string> variables)
    {
        if (ClearEnvironment() != 0) throw Failed("clearenv");
        foreach (var (name, value) in variables)
        {
            if (SetVariable(name, value, 1) != 0) throw Failed("setenv");
        }
    }

    /// <summary>Gives the process to another program; comes back only when that failed.</summary>
    public static void Execute(string path)
    {
        // The next program would inherit what this runtime ignores and blocks.
        SetHandler(BrokenPipe, 0);
        var none = stackalloc byte[128];
        new Span<byte>(none, 128).Clear();
        SetMask(SetAll, none, null);
        fixed (byte* program = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            var arguments = stackalloc byte*[] { program, null };
            ReplaceProgram(program, arguments);
        }
        throw Failed("execv");
    }

    /// <summary>A descriptor that takes everything.</summary>
    public static int OpenNowhere() => OpenFile("/dev/null", WriteOnly | CloseOnExec) is >= 0 and var descriptor ? descriptor : throw Failed("open");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "clearenv", SetLastError = true)]
    private static partial int ClearEnvironment();

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "sigprocmask")]
    private static partial int SetMask(int how, byte* set, byte* before);

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true)]
    private static partial int ReplaceProgram(byte* path, byte** arguments);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    static int Sent(nint count, string call)
    {
        if (count >= 0) return (int)count;
        return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw Failed(call);
    }

    static IOException Failed(string call) => new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [StructLayout(LayoutKind.Sequential)]
    struct SocketAddress
    {
        public ushort Family;
        public ushort Port;
        public uint Address;
        public ulong Zero;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectSocket(int socket, SocketAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int name, int* value, int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, byte* into, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* from, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* from, nint length);
}
