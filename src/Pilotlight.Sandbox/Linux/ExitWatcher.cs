using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>One thread that waits for the end of any number of processes, by their pidfds.</summary>
sealed unsafe class ExitWatcher : IDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<ulong, TaskCompletionSource> _waiting = [];
    readonly int _epoll = Posix.epoll_create1(Posix.EPOLL_CLOEXEC);
    readonly int _stop = Posix.eventfd(0, Posix.EFD_CLOEXEC);
    readonly Thread _thread;
    ulong _next = 1;

    public ExitWatcher()
    {
        if (_epoll < 0 || _stop < 0)
            throw new SandboxException($"epoll is not available: {Posix.LastMessage}");
        Add(_stop, 0);
        _thread = new Thread(Watch, 256 * 1024) { IsBackground = true, Name = "sandbox exits" };
        _thread.Start();
    }

    /// <summary>Completes when the process has ended: for the first process of a pid namespace, when all of the namespace has.</summary>
    public Task WatchAsync(SafeFileHandle pidfd)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ulong key;
        lock (_gate)
        {
            key = _next++;
            _waiting.Add(key, ended);
        }
        Add((int)pidfd.DangerousGetHandle(), key);
        return ended.Task;
    }

    void Add(int descriptor, ulong key)
    {
        // Room for both layouts of epoll_event.
        var change = stackalloc ulong[2];
        *(uint*)change = Posix.EPOLLIN | (key == 0 ? 0 : Posix.EPOLLONESHOT);
        *(ulong*)((byte*)change + DataOffset) = key;
        if (Posix.epoll_ctl(_epoll, Posix.EPOLL_CTL_ADD, descriptor, change) < 0)
            throw new SandboxException($"a process cannot be watched: {Posix.LastMessage}");
    }

    void Watch()
    {
        var events = stackalloc byte[EventSize * 64];
        while (true)
        {
            var count = Posix.epoll_wait(_epoll, events, 64, -1);
            for (var i = 0; i < count; i++)
            {
                var key = *(ulong*)(events + i * EventSize + DataOffset);
                if (key == 0)
                    return;
                TaskCompletionSource? ended;
                lock (_gate)
                    _waiting.Remove(key, out ended);
                ended?.TrySetResult();
            }
        }
    }

    public void Dispose()
    {
        ulong one = 1;
        _ = Posix.write(_stop, (byte*)&one, 8);
        _thread.Join();
        _ = Posix.close(_epoll);
        _ = Posix.close(_stop);
    }

    static int EventSize => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    static int DataOffset => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
}
