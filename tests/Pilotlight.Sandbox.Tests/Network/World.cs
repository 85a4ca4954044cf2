using System.Net;
using System.Net.Sockets;

namespace Pilotlight.Sandbox.Tests;

/// <summary>
/// A network beyond the host: a namespace on a link of its own, with an address out of the range for benchmarks and one out of the range
/// where clouds keep their metadata. It routes everything back through the host.
/// </summary>
sealed class World : IAsyncDisposable
{
    readonly SandboxNetwork _network;
    readonly NetworkNamespace _namespace;

    World(SandboxNetwork network, NetworkNamespace @namespace, string link, uint hostAddress, uint linkLocal)
    {
        (_network, _namespace, Link) = (network, @namespace, link);
        (HostAddress, Address, LinkLocal) = (Subnet.ToAddress(hostAddress), Subnet.ToAddress(hostAddress + 1), Subnet.ToAddress(linkLocal + 1));
    }

    public string Link { get; }
    public IPAddress HostAddress { get; }
    public IPAddress Address { get; }
    public IPAddress LinkLocal { get; }
    public string Path => _namespace.Path;

    public static async Task<World> OpenAsync()
    {
        var place = (uint)Random.Shared.Next(1, 16_000) * 4;
        var (outside, linkLocal) = (Subnet.Parse("198.18.0.0") + place + 1, Subnet.Parse("169.254.0.0") + place + 1);
        var link = $"plt{place:x}";
        var network = await SandboxNetwork.OpenAsync($"w{place:x}", NetworkAccess.None, CancellationToken.None);
        var @namespace = await network.CreateAsync("world", CancellationToken.None);
        using (var host = new RouteNetlink())
        using (var file = File.OpenHandle(@namespace.Path))
        {
            host.AddPair(link, 0, "eth0", (int)file.DangerousGetHandle(), 1500);
            AddAddresses(host, link, outside, linkLocal);
        }
        NetworkThread.RunIn(@namespace.Path, () =>
        {
            using var inside = new RouteNetlink();
            AddAddresses(inside, "eth0", outside + 1, linkLocal + 1);
            inside.AddDefaultRoute(outside);
            return true;
        });
        return new(network, @namespace, link, outside, linkLocal);
    }

    static void AddAddresses(RouteNetlink netlink, string link, params ReadOnlySpan<uint> addresses)
    {
        foreach (var address in addresses)
            netlink.AddAddress(netlink.GetLinkByName(link).Index, address, 30);
        netlink.SetUp(link);
    }

    public Socket Listen() => _namespace.Listen(new(IPAddress.Any, 0));

    public Datagrams Datagrams() => new(Path);

    public async ValueTask DisposeAsync()
    {
        using (var host = new RouteNetlink())
            host.TryDeleteLink(Link);
        await _namespace.DisposeAsync();
        await _network.DisposeAsync();
    }
}

/// <summary>
/// A UDP socket in a namespace (or on the host, without a path), on any address. What is forbidden is proved by order: the forbidden
/// datagram is sent first, then one that may come; the first to arrive is the second.
/// </summary>
sealed class Datagrams : IDisposable
{
    readonly Socket _socket;

    public Datagrams(string? namespacePath) =>
        _socket = namespacePath is null ? Open() : NetworkThread.RunIn(namespacePath, Open);

    static Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return socket;
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Send(string text, IPAddress address, int port) => _socket.SendTo(System.Text.Encoding.ASCII.GetBytes(text), new IPEndPoint(address, port));

    public async Task<(string Text, IPEndPoint Sender)> ReceiveAsync()
    {
        var buffer = new byte[100];
        var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), TestContext.Current.CancellationToken);
        return (System.Text.Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
    }

    public void Dispose() => _socket.Dispose();
}
