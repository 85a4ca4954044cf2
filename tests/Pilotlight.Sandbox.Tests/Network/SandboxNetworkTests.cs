using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Pilotlight.Sandbox.Tests;

public class SandboxNetworkTests(CrunDriver crun)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listener_inside_is_reached_from_inside_and_not_from_the_host()
    {
        await using var network = await OpenAsync(NetworkAccess.None);
        await using var one = await network.CreateAsync("one", Cancellation);
        Assert.Null(one.Address);
        using var listener = one.Listen(new(IPAddress.Loopback, 0));
        var endPoint = (IPEndPoint)listener.LocalEndPoint!;

        var connected = ConnectFrom(one, endPoint);
        using var accepted = await listener.AcceptAsync(Cancellation);
        using var client = await connected;
        await client.SendAsync("hello"u8.ToArray(), Cancellation);

        var buffer = new byte[16];
        Assert.Equal(5, await accepted.ReceiveAsync(buffer, Cancellation));
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => stranger.Connect(endPoint)).SocketErrorCode);
    }

    [Fact]
    public async Task An_address_in_use_and_a_namespace_that_is_gone_are_said()
    {
        await using var network = await OpenAsync(NetworkAccess.None);
        var one = await network.CreateAsync("one", Cancellation);
        using var listener = one.Listen(new(IPAddress.Loopback, 9001));

        Assert.Contains("in use", Assert.Throws<SandboxException>(() => one.Listen(new(IPAddress.Loopback, 9001))).Message, StringComparison.Ordinal);
        await one.DisposeAsync();
        await one.DisposeAsync();
        Assert.Contains("gone", Assert.Throws<SandboxException>(() => one.Listen(new(IPAddress.Loopback, 9002))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        await using var network = await OpenAsync(NetworkAccess.None);
        await using var one = await network.CreateAsync("one", Cancellation);

        await Assert.ThrowsAsync<SandboxException>(() => network.CreateAsync("one", Cancellation));
        await Assert.ThrowsAsync<SandboxException>(() => network.CreateAsync("../one", Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => SandboxNetwork.ClearAsync("../one", Cancellation));

        using var listener = one.Listen(new(IPAddress.Loopback, 9001));
    }

    [Fact]
    public async Task Inside_there_is_no_IPv6()
    {
        await using var network = await OpenAsync(NetworkAccess.Nat);
        await using var one = await network.CreateAsync("one", Cancellation);

        Assert.Equal("", NetworkThread.RunIn(one.Path, () => ReadIfThere("/proc/thread-self/net/if_inet6")));
    }

    [Fact]
    public async Task A_sandbox_reaches_the_world_under_the_hosts_address()
    {
        await using var world = await OpenWorldAsync();
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        using var listener = world.Listen();

        var connected = ConnectFrom(one, new(world.Address, ((IPEndPoint)listener.LocalEndPoint!).Port));
        using var accepted = await listener.AcceptAsync(Cancellation);
        using var client = await connected;
        await accepted.SendAsync("answer"u8.ToArray(), Cancellation);

        var buffer = new byte[16];
        Assert.Equal(6, await client.ReceiveAsync(buffer, Cancellation));
        Assert.Equal(world.HostAddress, ((IPEndPoint)accepted.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_sandbox_does_not_reach_link_local_addresses()
    {
        await using var world = await OpenWorldAsync();
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        using var receiver = world.Datagrams();
        using var sender = new Datagrams(one.Path);
        using var host = new Datagrams(null);

        // The host itself does reach it: what stops the sandbox is not that there is no way.
        host.Send("host", world.LinkLocal, receiver.Port);
        Assert.Equal("host", (await receiver.ReceiveAsync()).Text);
        sender.Send("forbidden", world.LinkLocal, receiver.Port);
        sender.Send("allowed", world.Address, receiver.Port);

        Assert.Equal("allowed", (await receiver.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task A_sandbox_does_not_reach_the_host_at_any_of_its_addresses()
    {
        await using var world = await OpenWorldAsync();
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        using var sender = new Datagrams(one.Path);
        using var answers = world.Datagrams();
        using var host = new Datagrams(null);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.Listen();
        var attempts = new List<Socket>();

        foreach (var address in HostAddresses())
        {
            sender.Send("forbidden", address, host.Port);
            attempts.Add(StartConnecting(one, new(address, ((IPEndPoint)listener.LocalEndPoint!).Port)));
        }
        Assert.NotEmpty(attempts);
        sender.Send("allowed", world.Address, answers.Port);
        Assert.Equal("allowed", (await answers.ReceiveAsync()).Text);
        host.Send("from the host", IPAddress.Loopback, host.Port);

        Assert.Equal("from the host", (await host.ReceiveAsync()).Text);
        Assert.False(listener.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        attempts.ForEach(attempt => attempt.Dispose());
    }

    [Fact]
    public async Task Sandboxes_do_not_reach_one_another()
    {
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        await using var two = await network.CreateAsync("two", Cancellation);
        using var listener = two.Listen(new(IPAddress.Any, 0));

        // Nobody answers when one asks whose address it is; the kernel gives up.
        var refusal = await Assert.ThrowsAsync<SocketException>(
            () => ConnectFrom(one, new(two.Address!, ((IPEndPoint)listener.LocalEndPoint!).Port)));

        Assert.Equal(SocketError.HostUnreachable, refusal.SocketErrorCode);
    }

    [Fact]
    public async Task Sandboxes_do_not_reach_one_another_over_the_host()
    {
        await using var world = await OpenWorldAsync();
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        await using var two = await network.CreateAsync("two", Cancellation);
        using var sender = new Datagrams(one.Path);
        using var receiver = new Datagrams(two.Path);
        using var answers = world.Datagrams();
        var gateway = Subnet.ToAddress(Subnet.FromAddress(two.Address!) & ~0x3ffu | 1);
        var ip = SystemTool.Find("ip");
        Assert.SkipWhen(ip is null, "iproute2 is not installed");
        await SystemTool.RunAsync("/usr/bin/nsenter", [$"--net={one.Path}", ip, "route", "add", $"{two.Address}/32", "via", $"{gateway}"], "", Cancellation);

        sender.Send("forbidden", two.Address!, receiver.Port);
        sender.Send("allowed", world.Address, answers.Port);
        Assert.Equal("allowed", (await answers.ReceiveAsync()).Text);
        receiver.Send("from itself", two.Address!, receiver.Port);

        Assert.Equal("from itself", (await receiver.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task The_world_and_the_host_do_not_reach_a_sandbox_unasked()
    {
        await using var world = await OpenWorldAsync();
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        using var inside = new Datagrams(one.Path);
        using var asked = world.Datagrams();
        using var unasked = world.Datagrams();
        using var host = new Datagrams(null);

        unasked.Send("forbidden", one.Address!, inside.Port);
        // The kernel tells a sender on the spot that the firewall dropped it.
        Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => host.Send("forbidden", one.Address!, inside.Port)).SocketErrorCode);
        inside.Send("question", world.Address, asked.Port);
        var (_, sender) = await asked.ReceiveAsync();
        asked.Send("answer", sender.Address, sender.Port);

        Assert.Equal("answer", (await inside.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task The_host_does_not_become_a_router_for_others()
    {
        Assert.SkipWhen(File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim() == "1", "this machine is a router already (net.ipv4.ip_forward)");
        await using var here = await OpenWorldAsync();
        await using var there = await OpenWorldAsync();
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        using var stranger = here.Datagrams();
        using var receiver = there.Datagrams();
        using var sender = new Datagrams(one.Path);

        stranger.Send("forbidden", there.Address, receiver.Port);
        sender.Send("allowed", there.Address, receiver.Port);

        Assert.Equal("allowed", (await receiver.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task Fifty_at_once_are_fifty_networks_and_leave_no_thread_in_one()
    {
        await using var network = await OpenNatAsync();

        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => network.CreateAsync($"n{i}", Cancellation)));
        var listeners = all.Select(one => one.Listen(new(IPAddress.Loopback, 9001))).ToList();

        Assert.Equal(50, all.Select(one => one.Address).Distinct().Count());
        var ports = PortsOf(NameOf(all[0]));
        Assert.Equal(50, ports.Count);
        Assert.All(ports, port => Assert.Equal("1", File.ReadAllText($"/sys/class/net/{port}/brport/isolated").Trim()));
        var home = new FileInfo("/proc/self/ns/net").LinkTarget;
        // Another test's thread may be at work in a network at this moment; one that was left there stays.
        for (var look = 0; look < 100 && Threads().Any(thread => thread != home); look++)
            await Task.Delay(50, Cancellation);
        Assert.All(Threads(), thread => Assert.Equal(home, thread));
        listeners.ForEach(listener => listener.Dispose());
        await Task.WhenAll(all.Select(one => one.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_port_that_its_last_owner_still_keeps_makes_way()
    {
        await using var network = await OpenNatAsync();
        await using var one = await network.CreateAsync("one", Cancellation);
        var next = $"pl-{NameOf(one)}.{(Subnet.FromAddress(one.Address!) & 0x3ff) + 1:x}";
        using (var netlink = new RouteNetlink())
            netlink.AddBridge(next, [2, 0, 0, 0, 0, 1], 1500);

        await using var two = await network.CreateAsync("two", Cancellation);

        Assert.True(Directory.Exists($"/sys/class/net/{next}/brport"));
    }

    [Fact]
    public async Task A_container_reaches_the_world()
    {
        await using var world = await OpenWorldAsync();
        using var listener = world.Listen();
        await using var inside = await crun.StartAsync(spec => spec with { Network = NetworkAccess.Nat });

        var said = inside.PythonAsync(
            $"import socket; print(socket.create_connection(('{world.Address}', {((IPEndPoint)listener.LocalEndPoint!).Port})).recv(9).decode())");
        using (var accepted = await listener.AcceptAsync(Cancellation))
            await accepted.SendAsync("good news"u8.ToArray(), Cancellation);

        Assert.Equal("good news", await said);
    }

    [Fact]
    public async Task What_a_dead_instance_left_is_found_by_its_name()
    {
        var name = NewName();
        var network = await OpenNatAsync(name);
        _ = await network.CreateAsync("one", Cancellation);
        var one = await network.CreateAsync("two", Cancellation);
        using var listener = one.Listen(new(IPAddress.Loopback, 9001));
        Assert.NotEmpty(TracesOf(name));

        await SandboxNetwork.ClearAsync(name, Cancellation);
        await SandboxNetwork.ClearAsync(name, Cancellation);

        Assert.Empty(TracesOf(name));
        Assert.DoesNotContain(name, await SystemTool.RunAsync(SystemTool.Find("nft")!, ["list", "tables"], "", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_kernels_refusal_is_an_exception_with_its_reason()
    {
        SkipUnlessRoot();
        using var netlink = new RouteNetlink();

        Assert.Throws<NetlinkException>(() => netlink.AddBridge("a-name-that-is-far-too-long", [2, 0, 0, 0, 0, 1], 1500));
        Assert.Throws<NetlinkException>(() => netlink.SetUp("pl-nobody"));
        Assert.Throws<NetlinkException>(() => netlink.AddAddress(int.MaxValue, 1, 32));
        Assert.Throws<SandboxException>(() => netlink.GetLinkByName("pl-nobody"));
        Assert.False(netlink.TryDeleteLink("pl-nobody"));
        // The same conversation goes on after a refusal.
        Assert.Contains(netlink.ListLinks(), link => link is { Name: "lo", Index: 1 });
        Assert.Contains(netlink.ListRoutes(), route => route.Destination == new Subnet(Subnet.Parse("127.0.0.0"), 8));
        await Task.CompletedTask;
    }

    static async Task<SandboxNetwork> OpenAsync(NetworkAccess access)
    {
        SkipUnlessRoot();
        return await SandboxNetwork.OpenAsync(NewName(), access, Cancellation);
    }

    static async Task<SandboxNetwork> OpenNatAsync(string? name = null)
    {
        SkipUnlessRoot();
        Assert.SkipWhen(SystemTool.Find("nft") is null, "nft is not installed");
        var network = await SandboxNetwork.OpenAsync(name ?? NewName(), NetworkAccess.Nat, Cancellation);
        Assert.SkipWhen(network.Limitations.Any(limitation => limitation.Contains("forwarded", StringComparison.Ordinal)), "this machine's firewall drops what is forwarded");
        Assert.Empty(network.Limitations);
        return network;
    }

    static async Task<World> OpenWorldAsync()
    {
        SkipUnlessRoot();
        return await World.OpenAsync();
    }

    static void SkipUnlessRoot() => Assert.SkipUnless(Posix.IsRoot, "network namespaces need root");

    static string NewName() => $"t{Random.Shared.Next():x}"[..7];

    /// <summary>The instance's name, from the path of one of its namespaces.</summary>
    static string NameOf(NetworkNamespace one) => one.Path.Split('/')[^3];

    static IReadOnlyList<string> PortsOf(string name)
    {
        // Not from /sys/class/net, which lists a link twice when others come and go meanwhile.
        using var netlink = new RouteNetlink();
        return [.. netlink.ListLinks().Select(link => link.Name).Where(link => link.StartsWith($"pl-{name}.", StringComparison.Ordinal))];
    }

    static IReadOnlyList<string> TracesOf(string name) => Traces.Of(name);

    static Task<Socket> ConnectFrom(NetworkNamespace one, IPEndPoint endPoint) => ConnectAsync(NetworkThread.RunIn(one.Path, NewSocket), endPoint);

    static async Task<Socket> ConnectAsync(Socket socket, IPEndPoint endPoint)
    {
        try
        {
            await socket.ConnectAsync(endPoint, Cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static Socket StartConnecting(NetworkNamespace one, IPEndPoint endPoint)
    {
        var socket = NetworkThread.RunIn(one.Path, NewSocket);
        socket.Blocking = false;
        try
        {
            socket.Connect(endPoint);
        }
        catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // The first packet is on its way.
        }
        return socket;
    }

    static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    static IEnumerable<IPAddress> HostAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(link => link.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address)
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    static IEnumerable<string?> Threads() => Directory.GetDirectories("/proc/self/task").Select(task =>
    {
        try
        {
            return new FileInfo(task + "/ns/net").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }).OfType<string>();

    static string ReadIfThere(string file) => File.Exists(file) ? File.ReadAllText(file) : "";
}
