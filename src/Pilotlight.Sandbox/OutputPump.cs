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
public sealed class OutputPump : IDisposable
{
    readonly Epoll _epoll = new();
    readonly Thread _thread;
    readonly ConcurrentDictionary<long, OutputReader> _readers = new();
    long _nextId;
    volatile bool _stopping;

    public OutputPump()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "output" };
        _thread.Start();
    }

    /// <summary>Starts reading a non-blocking pipe. The pump closes it when the reader is disposed.</summary>
    public OutputReader Register(SafeFileHandle pipe, IOutputSink sink)
    {
        var id = Interlocked.Increment(ref _nextId);
        var reader = new OutputReader(this, id, pipe, sink);
        _readers[id] = reader;
        _epoll.Add((int)pipe.DangerousGetHandle(), id, EpollEvents.Read, onlyChanges: true);
        return reader;
    }

    public void Dispose()
    {
        _stopping = true;
        _epoll.Wake();
        _thread.Join();
        foreach (var reader in _readers.Values)
            reader.Dispose();
        _epoll.Dispose();
    }

    internal void Remove(long id, SafeFileHandle pipe)
    {
        if (_readers.TryRemove(id, out _))
            _epoll.Remove((int)pipe.DangerousGetHandle());
    }

    void Run()
    {
        Span<(long Key, EpollEvents Events)> ready = stackalloc (long, EpollEvents)[64];
        var busy = new Queue<OutputReader>();
        while (!_stopping)
        {
            foreach (var (key, _) in ready[.._epoll.Wait(ready, busy.Count > 0 ? 0 : -1)])
            {
                if (_readers.TryGetValue(key, out var reader) && reader.Drain() == DrainState.More)
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
                        count = Posix.read((int)pipe.DangerousGetHandle(), first, BufferBytes);
                }

                if (count < 0)
                {
                    if (Marshal.GetLastPInvokeError() == Posix.EINTR)
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
}
