using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pilotlight.Sandbox;

/// <summary>Interim, until bridge and NAT land: a namespace with loopback only.</summary>
public sealed unsafe partial class NetworkNamespace : IAsyncDisposable
{
    const int CLONE_NEWNET = 0x40000000;

    NetworkNamespace(string path) => Path = path;

    public string Path { get; }

    [LibraryImport("libc", SetLastError = true)] private static partial int setns(int descriptor, int type);
    [LibraryImport("libc", SetLastError = true)] private static partial int socket(int domain, int type, int protocol);
    [LibraryImport("libc", SetLastError = true)] private static partial int ioctl(int descriptor, nuint request, byte* argument);

    internal static Task<NetworkNamespace> CreateAsync(string path)
    {
        File.WriteAllText(path, "");
        return OnThread(() =>
        {
            if (Posix.unshare(CLONE_NEWNET) < 0 || Posix.mount("/proc/thread-self/ns/net", path, null, Posix.MS_BIND, null) < 0)
                throw new SandboxException($"no network namespace: {Posix.LastMessage}");
            var request = stackalloc byte[40];
            new Span<byte>(request, 40).Clear();
            "lo"u8.CopyTo(new Span<byte>(request, 16));
            *(short*)(request + 16) = 1 | 0x40;
            var control = socket(2, 2 | 0x80000, 0);
            var result = ioctl(control, 0x8914, request);
            _ = Posix.close(control);
            return result < 0 ? throw new SandboxException($"no loopback: {Posix.LastMessage}") : new NetworkNamespace(path);
        });
    }

    public Socket Listen(IPEndPoint endPoint)
    {
        Socket? listener = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle(Path);
                if (setns((int)file.DangerousGetHandle(), CLONE_NEWNET) < 0)
                    throw new SandboxException($"the network namespace cannot be entered: {Posix.LastMessage}");
                listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(endPoint);
                listener.Listen(512);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? listener! : throw new SandboxException(failure.Message, failure);
    }

    // Joined by a pool thread: were the task completed here, the pool might start a thread in this namespace.
    static Task<T> OnThread<T>(Func<T> action) => Task.Run(() =>
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    });

    public ValueTask DisposeAsync()
    {
        _ = Posix.umount2(Path, Posix.MNT_DETACH);
        File.Delete(Path);
        return ValueTask.CompletedTask;
    }
}
