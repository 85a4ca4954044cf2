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
/// Feeds Kestrel with connections accepted in the network namespaces of sandboxes. Each connection carries whose it is as a
/// feature, so a function cannot pretend to be another.
/// </summary>
public sealed class SandboxListenerFactory(ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>A function may open this many connections at once; more are closed at once.</summary>
    const int MaxConnectionsPerListener = 128;

    readonly Channel<ConnectionContext> _accepted = Channel.CreateBounded<ConnectionContext>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    readonly SocketConnectionContextFactory _contexts =
        new(new SocketConnectionFactoryOptions { }, loggers.CreateLogger("Pilotlight.RuntimeApi.Sockets"));

    public bool CanBind(EndPoint endpoint) => endpoint is SandboxEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(endpoint, _accepted));

    /// <summary>Accepts on a listening socket until the listener is disposed; <paramref name="tag"/> marks each connection.</summary>
    public SandboxListener Listen(Socket socket, Action<ConnectionContext> tag)
    {
        var listener = new SandboxListener(socket);
        listener.Accepting = AcceptAsync(listener, tag);
        return listener;
    }

    async Task AcceptAsync(SandboxListener listener, Action<ConnectionContext> tag)
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

            if (Interlocked.Increment(ref listener.Open) > MaxConnectionsPerListener)
            {
                Interlocked.Decrement(ref listener.Open);
                socket.Dispose();
                continue;
            }

            socket.NoDelay = true;
            var connection = _contexts.Create(socket);
            tag(connection);
            connection.ConnectionClosed.UnsafeRegister(static state => Interlocked.Decrement(ref ((SandboxListener)state!).Open), listener);
            if (!listener.TryAdd(connection) || !_accepted.Writer.TryWrite(connection))
                connection.Abort();
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
public sealed class SandboxListener(Socket socket) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly HashSet<ConnectionContext> _connections = [];
    bool _closed;

    internal int Open;

    internal Socket Socket { get; } = socket;

    internal Task Accepting { get; set; } = Task.CompletedTask;

    internal bool TryAdd(ConnectionContext connection)
    {
        lock (_gate)
        {
            if (_closed)
                return false;
            _connections.Add(connection);
        }

        connection.ConnectionClosed.UnsafeRegister(_ =>
        {
            lock (_gate)
                _connections.Remove(connection);
        }, null);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        ConnectionContext[] open;
        lock (_gate)
        {
            _closed = true;
            open = [.. _connections];
        }

        Socket.Dispose();
        foreach (var connection in open)
            connection.Abort();
        await Accepting;
    }
}
