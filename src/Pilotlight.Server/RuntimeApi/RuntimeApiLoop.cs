using System.Collections.Concurrent;
using Pilotlight.Sandbox;

namespace Pilotlight.RuntimeApi;

/// <summary>
/// One thread that serves the connections of many runtimes. What an answer sets going runs on this thread until it waits for something: a
/// hand-over to another thread costs more than everything else the platform does for a warm invocation.
/// </summary>
sealed partial class RuntimeApiLoop : IDisposable
{
    const int ReceiveBytes = 64 * 1024;

    [ThreadStatic]
    static bool s_isThisThread;

    readonly ILogger _log;
    readonly Epoll _epoll = new();
    readonly ConcurrentDictionary<long, RuntimeConnection> _connections = new();
    readonly ConcurrentQueue<RuntimeConnection> _resumed = new();
    readonly Thread _thread;
    long _lastKey;
    volatile bool _stopping;

    public RuntimeApiLoop(string name, ILogger log)
    {
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Whether the caller keeps a loop from its work.</summary>
    public static bool IsThisThread => s_isThisThread;

    /// <summary>Serves a connection until it is removed, or closed.</summary>
    public void Add(RuntimeConnection connection)
    {
        var key = Interlocked.Increment(ref _lastKey);
        connection.Key = key;
        _connections[key] = connection;
        _epoll.Add(connection.Descriptor, key, EpollEvents.Read);
    }

    public void Remove(RuntimeConnection connection) => _connections.TryRemove(connection.Key, out _);

    /// <summary>Removes one whose descriptor stays open.</summary>
    public void Release(RuntimeConnection connection)
    {
        Remove(connection);
        _epoll.Remove(connection.Descriptor);
    }

    /// <summary>Has the loop go on with what a connection has kept.</summary>
    public void Resume(RuntimeConnection connection)
    {
        if (_stopping)
            return;
        _resumed.Enqueue(connection);
        try
        {
            _epoll.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The platform has ended meanwhile.
        }
    }

    /// <summary>Tells when a connection takes bytes again, or no longer.</summary>
    public void WatchWrites(RuntimeConnection connection, bool on) =>
        _epoll.Change(connection.Descriptor, connection.Key, on ? EpollEvents.Read | EpollEvents.Write : EpollEvents.Read);

    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _epoll.Wake();
        _thread.Join();
        foreach (var connection in _connections.Values)
            connection.Close();
        _epoll.Dispose();
    }

    void Run()
    {
        s_isThisThread = true;
        var buffer = new byte[ReceiveBytes];
        Span<(long Key, EpollEvents Events)> ready = stackalloc (long, EpollEvents)[64];
        while (!_stopping)
        {
            foreach (var (key, events) in ready[.._epoll.Wait(ready, -1)])
            {
                if (_connections.TryGetValue(key, out var connection))
                    Serve(connection, events, buffer);
            }

            while (_resumed.TryDequeue(out var resumed))
                Serve(resumed, EpollEvents.None, buffer);
        }
    }

    void Serve(RuntimeConnection connection, EpollEvents events, byte[] buffer)
    {
        try
        {
            connection.Serve(events, buffer);
        }
        catch (Exception bug)
        {
            // One runtime's connection, and not everybody's.
            ServingFailed(bug);
            connection.Close();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A connection of a runtime is closed after a failure of the platform")]
    partial void ServingFailed(Exception bug);
}
