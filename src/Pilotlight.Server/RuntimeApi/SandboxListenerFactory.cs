using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Pilotlight.RuntimeApi;

/// <summary>The one Kestrel endpoint behind which the listening sockets of every sandbox stand.</summary>
public sealed class SandboxEndPoint : EndPoint
{
    public override string ToString() => "sandboxes";
}

/// <summary>
/// Accepts connections in the network namespaces of sandboxes. Those of the Runtime API are served by loops of our own for as long as they
/// bring nothing unusual; all others go to Kestrel. Each connection carries whose it is, so a function cannot pretend to be another.
/// </summary>
public sealed class SandboxListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    /// <summary>A function may open this many connections at once; more are closed at once.</summary>
    const int MaxConnectionsPerListener = 128;

    readonly Channel<ConnectionContext> _accepted = Channel.CreateBounded<ConnectionContext>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    readonly SocketConnectionContextFactory _contexts;
    readonly RuntimeResponseWriter _responses;
    readonly RuntimeApiLoop[] _loops;
    uint _turn;

    public SandboxListenerFactory(ILoggerFactory loggers, TimeProvider time)
    {
        _contexts = new(new SocketConnectionFactoryOptions(), loggers.CreateLogger("Pilotlight.RuntimeApi.Sockets"));
        _responses = new RuntimeResponseWriter(time);
        // The other half of the processors is for what comes from outside, and for the functions.
        _loops = new RuntimeApiLoop[Math.Clamp(Environment.ProcessorCount / 2, 1, 16)];
        for (var i = 0; i < _loops.Length; i++)
            _loops[i] = new RuntimeApiLoop($"runtime api {i}", loggers.CreateLogger("Pilotlight.RuntimeApi.RuntimeApiLoop"));
    }

    public bool CanBind(EndPoint endpoint) => endpoint is SandboxEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(endpoint, _accepted));

    /// <summary>Accepts on a listening socket until the listener is disposed; <paramref name="tag"/> marks each connection.</summary>
    public SandboxListener Listen(Socket socket, Action<ConnectionContext> tag)
    {
        var listener = new SandboxListener(socket, this, tag);
        listener.Accepting = AcceptAsync(listener, null);
        return listener;
    }

    /// <summary>As <see cref="Listen"/>, for the Runtime API of one environment: all its connections are served by the same loop.</summary>
    public SandboxListener ListenRuntimeApi(Socket socket, RuntimeSession session)
    {
        var loop = _loops[Interlocked.Increment(ref _turn) % (uint)_loops.Length];
        var listener = new SandboxListener(socket, this, connection => connection.Features.Set(session));
        listener.Accepting = AcceptAsync(listener, accepted => new RuntimeConnection(accepted, session, loop, _responses, listener));
        return listener;
    }

    public void Dispose()
    {
        foreach (var loop in _loops)
            loop.Dispose();
    }

    /// <summary>Kestrel's part of a connection that was given to it: over when everything that came by it has been served.</summary>
    public static ConnectionDelegate Serve(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Features.Get<SandboxListener>()?.Leave();
        }
    };

    /// <summary>Gives a connection to Kestrel, which gets to read <paramref name="begun"/> first.</summary>
    internal void PassOn(SandboxListener listener, Socket socket, ReadOnlySpan<byte> begun)
    {
        var connection = _contexts.Create(socket);
        if (!begun.IsEmpty)
            connection.Transport = BegunTransport.Over(connection.Transport, begun);
        connection.Features.Set(listener);
        if (listener.TryAdd(connection) && _accepted.Writer.TryWrite(connection))
            return;
        connection.Abort();
        listener.Leave();
    }

    async Task AcceptAsync(SandboxListener listener, Func<Socket, RuntimeConnection>? make)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.Socket.AcceptAsync();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }

            if (!listener.TryEnter(MaxConnectionsPerListener))
            {
                socket.Dispose();
                continue;
            }

            socket.NoDelay = true;
            if (make is null)
            {
                PassOn(listener, socket, default);
                continue;
            }

            socket.Blocking = false;
            listener.Serve(make(socket));
        }
    }

    sealed class Listener(EndPoint endPoint, Channel<ConnectionContext> accepted) : IConnectionListener
    {
        readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint { get; } = endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return await accepted.Reader.ReadAsync(_unbound.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.Cancel();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}

/// <summary>One listening socket of one sandbox, and the connections that came in by it.</summary>
public sealed class SandboxListener : IAsyncDisposable, IRuntimeConnectionOwner
{
    readonly Lock _gate = new();
    readonly HashSet<ConnectionContext> _passedOn = [];
    readonly HashSet<RuntimeConnection> _served = [];
    readonly SandboxListenerFactory _factory;
    readonly Action<ConnectionContext> _tag;
    TaskCompletionSource? _heardOut;
    int _open;
    bool _closed;

    internal SandboxListener(Socket socket, SandboxListenerFactory factory, Action<ConnectionContext> tag) =>
        (Socket, _factory, _tag) = (socket, factory, tag);

    internal Socket Socket { get; }

    internal Task Accepting { get; set; } = Task.CompletedTask;

    /// <summary>Completes when no connection is open, and what came by those there were has been served.</summary>
    public Task HeardOutAsync()
    {
        lock (_gate)
        {
            if (_open == 0)
                return Task.CompletedTask;
            _heardOut ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _heardOut.Task;
        }
    }

    /// <summary>Counts one more connection; false when there are <paramref name="most"/>.</summary>
    internal bool TryEnter(int most)
    {
        lock (_gate)
        {
            if (_open >= most)
                return false;
            _open++;
            return true;
        }
    }

    internal void Leave()
    {
        TaskCompletionSource? heardOut = null;
        lock (_gate)
        {
            if (--_open == 0)
                (heardOut, _heardOut) = (_heardOut, null);
        }

        heardOut?.SetResult();
    }

    internal void Serve(RuntimeConnection connection)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _served.Add(connection);
                connection.Start();
                return;
            }
        }

        connection.Close();
    }

    internal bool TryAdd(ConnectionContext connection)
    {
        _tag(connection);
        lock (_gate)
        {
            if (_closed)
                return false;
            _passedOn.Add(connection);
        }

        connection.ConnectionClosed.UnsafeRegister(_ =>
        {
            lock (_gate)
                _passedOn.Remove(connection);
        }, null);
        return true;
    }

    void IRuntimeConnectionOwner.Closed(RuntimeConnection connection)
    {
        lock (_gate)
            _served.Remove(connection);
        Leave();
    }

    void IRuntimeConnectionOwner.HandOver(RuntimeConnection connection, Socket socket, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
            _served.Remove(connection);
        _factory.PassOn(this, socket, bytes);
    }

    public async ValueTask DisposeAsync()
    {
        ConnectionContext[] passedOn;
        RuntimeConnection[] served;
        lock (_gate)
        {
            _closed = true;
            passedOn = [.. _passedOn];
            served = [.. _served];
        }

        Socket.Dispose();
        foreach (var connection in passedOn)
            connection.Abort();
        foreach (var connection in served)
            connection.Close();
        await Accepting;
    }
}
