using System.Net;
using System.Net.Sockets;

namespace Pilotlight.Sandbox;

/// <summary>
/// The network of one sandbox, kept by a file until it is disposed. Disposing never throws and may be called twice; what could not be
/// removed is found again when the instance closes.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    const int Backlog = 512;

    readonly Action _remove;
    int _disposed;

    internal NetworkNamespace(string path, uint? address, Action remove)
    {
        Path = path;
        Address = address is { } number ? Subnet.ToAddress(number) : null;
        _remove = remove;
    }

    /// <summary>The file that is the namespace, as an OCI runtime wants it.</summary>
    public string Path { get; }

    /// <summary>The sandbox's address behind NAT, or null where there is only loopback.</summary>
    public IPAddress? Address { get; }

    /// <summary>A TCP socket bound and listening inside; it stays there, whoever uses it. Connections wait from now on.</summary>
    /// <exception cref="SandboxException">The namespace is gone, or the address is in use inside.</exception>
    public Socket Listen(IPEndPoint endPoint) => NetworkThread.RunIn(Path, () =>
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new SandboxException($"cannot listen on {endPoint} in {Path}: {refused.Message}", refused);
        }
    });

    /// <summary>An unconnected TCP socket that reaches what this network reaches, and nothing of the host.</summary>
    /// <exception cref="SandboxException">The namespace is gone.</exception>
    public Socket OpenSocket() => NetworkThread.RunIn(Path, static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _remove();
        return ValueTask.CompletedTask;
    }
}
