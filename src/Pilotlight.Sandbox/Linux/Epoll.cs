using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>What is waited for, or has come. A descriptor whose peer is gone is told as <see cref="Read"/>, whatever was asked.</summary>
[Flags]
public enum EpollEvents
{
    None = 0,
    Read = 1,
    Write = 4,
}

/// <summary>
/// The kernel's epoll: many descriptors, one thread that waits. Whoever adds a descriptor gives it a key above 0 that is never used
/// again, so that an event of one that was closed meanwhile is known for what it is. Its own descriptors are held by handles: whoever
/// comes after the end gets an exception, and never a descriptor that is somebody else's by now.
/// </summary>
public sealed unsafe class Epoll : IDisposable
{
    const uint In = 1, Out = 4, Error = 8, HangUp = 0x10, EdgeTriggered = 1u << 31;

    // epoll_event is packed on x64, and only there.
    static readonly int s_eventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    static readonly int s_keyOffset = s_eventSize - sizeof(ulong);

    readonly SafeFileHandle _epoll = new(Posix.epoll_create1(Posix.EPOLL_CLOEXEC), ownsHandle: true);
    readonly SafeFileHandle _wake = new(Posix.eventfd(0, Posix.EFD_CLOEXEC | Posix.O_NONBLOCK), ownsHandle: true);

    /// <exception cref="SandboxException">The kernel gives none.</exception>
    public Epoll()
    {
        if (_epoll.IsInvalid || _wake.IsInvalid)
            throw new SandboxException($"epoll is not available: {Posix.LastMessage}");
        Add((int)_wake.DangerousGetHandle(), 0, EpollEvents.Read);
    }

    /// <param name="onlyChanges">Told once for what is new, not as long as it lasts.</param>
    /// <exception cref="SandboxException">The descriptor cannot be watched.</exception>
    public void Add(int descriptor, long key, EpollEvents wanted, bool onlyChanges = false)
    {
        if (Control(Posix.EPOLL_CTL_ADD, descriptor, key, (uint)wanted | (onlyChanges ? EdgeTriggered : 0)) < 0)
            throw new SandboxException($"a descriptor cannot be watched: {Posix.LastMessage}");
    }

    /// <summary>Waits for something else from now on. One that was closed meanwhile is left alone.</summary>
    public void Change(int descriptor, long key, EpollEvents wanted) => _ = Control(Posix.EPOLL_CTL_MOD, descriptor, key, (uint)wanted);

    /// <summary>A closed descriptor needs none of this, if no duplicate of it is open.</summary>
    public void Remove(int descriptor) => _ = Control(Posix.EPOLL_CTL_DEL, descriptor, 0, 0);

    /// <summary>Ends a <see cref="Wait"/>, or the next one.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Posix.write(_wake, (byte*)&one, sizeof(ulong));
    }

    /// <summary>
    /// Waits until something has come, or somebody calls <see cref="Wake"/>; the number of events, which is 0 for the latter. Called by one
    /// thread at a time.
    /// </summary>
    /// <param name="timeoutMilliseconds">-1 for none.</param>
    public int Wait(Span<(long Key, EpollEvents Events)> ready, int timeoutMilliseconds)
    {
        var events = stackalloc byte[s_eventSize * ready.Length];
        var count = Posix.epoll_wait(_epoll, events, ready.Length, timeoutMilliseconds);
        var told = 0;
        for (var i = 0; i < count; i++)
        {
            var key = *(long*)(events + (i * s_eventSize) + s_keyOffset);
            if (key == 0)
            {
                ulong wakes;
                _ = Posix.read(_wake, (byte*)&wakes, sizeof(ulong));
                continue;
            }

            var what = *(uint*)(events + (i * s_eventSize));
            ready[told++] = (key, ((what & (In | Error | HangUp)) != 0 ? EpollEvents.Read : 0) | ((what & Out) != 0 ? EpollEvents.Write : 0));
        }

        return told;
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _wake.Dispose();
    }

    int Control(int operation, int descriptor, long key, uint events)
    {
        var change = stackalloc byte[16];
        *(uint*)change = events;
        *(long*)(change + s_keyOffset) = key;
        return Posix.epoll_ctl(_epoll, operation, descriptor, change);
    }
}
