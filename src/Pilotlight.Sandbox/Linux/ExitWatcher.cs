using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>One thread that waits for the end of any number of processes, by their pidfds.</summary>
sealed class ExitWatcher : IDisposable
{
    readonly Epoll _epoll = new();
    readonly ConcurrentDictionary<long, TaskCompletionSource> _waiting = new();
    readonly Thread _thread;
    long _last;
    volatile bool _stopping;

    public ExitWatcher()
    {
        _thread = new Thread(Watch, 256 * 1024) { IsBackground = true, Name = "sandbox exits" };
        _thread.Start();
    }

    /// <summary>Completes when the process has ended: for the first process of a pid namespace, when all of the namespace has.</summary>
    public Task WatchAsync(SafeFileHandle pidfd)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = Interlocked.Increment(ref _last);
        _waiting[key] = ended;
        _epoll.Add((int)pidfd.DangerousGetHandle(), key, EpollEvents.Read, onlyChanges: true);
        return ended.Task;
    }

    void Watch()
    {
        Span<(long Key, EpollEvents Events)> ready = stackalloc (long, EpollEvents)[64];
        while (!_stopping)
        {
            foreach (var (key, _) in ready[.._epoll.Wait(ready, -1)])
            {
                if (_waiting.TryRemove(key, out var ended))
                    ended.TrySetResult();
            }
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _epoll.Wake();
        _thread.Join();
        _epoll.Dispose();
    }
}
