using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>Takes what a sandbox wrote. Called by one thread at a time.</summary>
public interface IOutputSink
{
    /// <summary>Takes all of the bytes; false when there is no room for more until <see cref="OutputReader.Resume"/> is called.</summary>
    bool Take(ReadOnlySpan<byte> bytes);

    /// <summary>The last writer closed the pipe.</summary>
    void End();
}

/// <summary>
/// Reads the output pipes of all sandboxes with one thread and epoll: a blocked read costs no thread, and a sandbox that floods its
/// pipe gets its turn like the others. A sink without room is not read, so the pipe fills and the writer waits.
/// </summary>
public sealed partial class OutputPump : IDisposable
{
    readonly int _epoll;
    readonly int _wake;
    readonly Thread _thread;
    readonly ConcurrentDictionary<long, OutputReader> _readers = new();
    long _nextId;
    volatile bool _stopping;

    public OutputPump()
    {
        _epoll = epoll_create1(CloseOnExec);
        _wake = eventfd(0, CloseOnExec);
        if (_epoll < 0 || _wake < 0)
            throw new SandboxException($"epoll is not available (error {Marshal.GetLastPInvokeError()}).");
        Control(Add, _wake, 0, In);
        _thread = new Thread(Run) { IsBackground = true, Name = "output" };
        _thread.Start();
    }

    /// <summary>Starts reading a non-blocking pipe. The pump closes it when the reader is disposed.</summary>
    public OutputReader Register(SafeFileHandle pipe, IOutputSink sink)
    {
        var id = Interlocked.Increment(ref _nextId);
        var reader = new OutputReader(this, id, pipe, sink);
        _readers[id] = reader;
        Control(Add, (int)pipe.DangerousGetHandle(), id, In | EdgeTriggered);
        return reader;
    }

    public void Dispose()
    {
        _stopping = true;
        ulong one = 1;
        unsafe
        {
            _ = write(_wake, &one, sizeof(ulong));
        }

        _thread.Join();
        foreach (var reader in _readers.Values)
            reader.Dispose();
        _ = close(_epoll);
        _ = close(_wake);
    }

    internal void Remove(long id, SafeFileHandle pipe)
    {
        if (_readers.TryRemove(id, out _))
            Control(Delete, (int)pipe.DangerousGetHandle(), id, 0);
    }

    void Run()
    {
        Span<Event> events = stackalloc Event[64];
        var busy = new Queue<OutputReader>();
        while (!_stopping)
        {
            int count;
            unsafe
            {
                fixed (Event* first = events)
                    count = epoll_wait(_epoll, first, events.Length, busy.Count > 0 ? 0 : -1);
            }

            for (var i = 0; i < count; i++)
            {
                if (_readers.TryGetValue(events[i].Data, out var reader) && reader.Drain() == DrainState.More)
                    busy.Enqueue(reader);
            }

            for (var turns = busy.Count; turns > 0; turns--)
            {
                var reader = busy.Dequeue();
                if (reader.Drain() == DrainState.More)
                    busy.Enqueue(reader);
            }
        }
    }

    void Control(int operation, int descriptor, long id, uint interest)
    {
        var wanted = new Event { Events = interest, Data = id };
        unsafe
        {
            _ = epoll_ctl(_epoll, operation, descriptor, &wanted);
        }
    }

    const int CloseOnExec = 0x80000;
    const int Add = 1;
    const int Delete = 2;
    const uint In = 1;
    const uint EdgeTriggered = 1u << 31;

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    struct Event
    {
        public uint Events;
        public long Data;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int epoll_ctl(int epoll, int operation, int descriptor, Event* wanted);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int epoll_wait(int epoll, Event* events, int max, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int descriptor, void* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static unsafe partial nint read(int descriptor, void* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}

public enum DrainState
{
    /// <summary>Nothing is in the pipe now.</summary>
    Empty,

    /// <summary>The turn is over and there may be more.</summary>
    More,

    /// <summary>The sink has no room.</summary>
    Paused,

    /// <summary>The pipe has no writer left, or was closed here.</summary>
    Ended,
}

/// <summary>One pipe under an <see cref="OutputPump"/>.</summary>
public sealed class OutputReader(OutputPump pump, long id, SafeFileHandle pipe, IOutputSink sink) : IDisposable
{
    const int BufferBytes = 64 * 1024;
    const int ReadsPerTurn = 16;

    [ThreadStatic]
    static byte[]? s_buffer;

    readonly Lock _gate = new();
    bool _paused;
    bool _ended;

    /// <summary>Reads what is in the pipe now, at most 1 MiB. Called by the pump, and by whoever needs all that was written so far.</summary>
    public DrainState Drain()
    {
        lock (_gate)
        {
            if (_ended)
                return DrainState.Ended;
            var buffer = s_buffer ??= new byte[BufferBytes];
            for (var i = 0; i < ReadsPerTurn; i++)
            {
                if (_paused)
                    return DrainState.Paused;
                nint count;
                unsafe
                {
                    fixed (byte* first = buffer)
                        count = OutputPump.read((int)pipe.DangerousGetHandle(), first, BufferBytes);
                }

                if (count < 0)
                {
                    if (Marshal.GetLastPInvokeError() == Interrupted)
                        continue;
                    return DrainState.Empty;
                }

                if (count == 0)
                {
                    EndLocked();
                    return DrainState.Ended;
                }

                _paused = !sink.Take(buffer.AsSpan(0, (int)count));
                if (count < BufferBytes && !_paused)
                    return DrainState.Empty;
            }

            return _paused ? DrainState.Paused : DrainState.More;
        }
    }

    /// <summary>The sink has room again.</summary>
    public void Resume()
    {
        lock (_gate)
            _paused = false;
        while (Drain() == DrainState.More)
        {
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_ended)
                EndLocked();
        }
    }

    void EndLocked()
    {
        _ended = true;
        pump.Remove(id, pipe);
        pipe.Dispose();
        sink.End();
    }

    const int Interrupted = 4;
}
