using System.Globalization;
using System.Security.Cryptography;

namespace Pilotlight.Sandbox;

/// <summary>
/// The bridge of one instance, its subnet and its firewall. Everything on the machine bears the instance's name, so that the name is
/// enough to find it again.
/// </summary>
sealed class NatBridge
{
    const string Prefix = "pl-";
    const string InsideName = "eth0";
    const int LargestMtu = 1500, SmallestMtu = 576;

    readonly SemaphoreSlim _linksGate = new(1);
    readonly string _instance;
    readonly string _name;
    readonly Firewall _firewall;
    readonly Subnet _subnet;
    readonly AddressPool _addresses;
    readonly int _index;
    readonly int _mtu;
    readonly bool _hasInet6 = Directory.Exists("/proc/sys/net/ipv6");
    ForwardedLinks _links;

    NatBridge(string instance, Firewall firewall, Subnet subnet, int index, int mtu, ForwardedLinks links)
    {
        (_instance, _name, _firewall, _subnet, _index, _mtu, _links) = (instance, NameOf(instance), firewall, subnet, index, mtu, links);
        _addresses = new AddressPool(subnet);
    }

    internal required IReadOnlyList<string> Limitations { get; init; }

    internal static string NameOf(string instance) => Prefix + instance;

    internal static bool IsOurs(string link) => link.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>A port's name has room (15 characters) for the instance and the place of its address in the subnet, which is unique.</summary>
    string PortOf(uint address) => string.Create(CultureInfo.InvariantCulture, $"{PortPrefix(_instance)}{address - _subnet.Network:x}");

    static string PortPrefix(string instance) => $"{Prefix}{instance}.";

    /// <exception cref="SandboxException">There can be no NAT here; the message says why. <see cref="ClearAsync"/> removes what was made.</exception>
    internal static async Task<NatBridge> OpenAsync(string instance, CancellationToken cancellation)
    {
        var name = NameOf(instance);
        var firewall = Firewall.Open(instance, name);
        // Instances that look for a free subnet at the same time would find the same one.
        using var machine = await MachineLock.TakeAsync(cancellation);
        using var netlink = new RouteNetlink();
        var subnet = Subnet.Choose(instance, TakenSubnets(netlink));
        var mtu = OutwardMtu(netlink);
        netlink.AddBridge(name, [0x02, .. RandomNumberGenerator.GetBytes(5)], mtu);
        ConfigureBridge(name);
        var links = Forwarding.Open(netlink);
        await firewall.ApplyAsync(subnet, links, cancellation);
        var index = netlink.GetLinkByName(name).Index;
        netlink.AddAddress(index, subnet.Gateway, subnet.PrefixLength);
        netlink.SetUp(name);
        var hostile = await firewall.FindHostileChainsAsync(cancellation);
        return new NatBridge(instance, firewall, subnet, index, mtu, links)
        {
            Limitations = [.. hostile.Select(chain =>
                $"The firewall chain '{chain}' of this machine drops forwarded packets, so sandboxes may not reach the internet " +
                $"(iptables -I FORWARD -i {Prefix}+ -j ACCEPT; iptables -I FORWARD -o {Prefix}+ -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT).")],
        };
    }

    internal static async Task ClearAsync(string instance, CancellationToken cancellation)
    {
        using var machine = await MachineLock.TakeAsync(cancellation);
        using var netlink = new RouteNetlink();
        var links = netlink.ListLinks();
        foreach (var port in links.Where(link => link.Name.StartsWith(PortPrefix(instance), StringComparison.Ordinal)))
            netlink.TryDeleteLink(port.Name);
        if (links.Any(link => link.Name == NameOf(instance)))
        {
            // The rules come after the bridge and go before it: where there is no bridge, there are none.
            try
            {
                await Firewall.RemoveAsync(instance, cancellation);
            }
            catch (SandboxException)
            {
                // A kernel whose nftables do not work has no rules to remove; the bridge must go all the same.
            }
            netlink.TryDeleteLink(NameOf(instance));
        }
        Forwarding.Close(netlink);
    }

    /// <summary>Follows the host when it has got other links since (a cable pulled, a VPN): forwarding and firewall are brought up to date.</summary>
    internal async Task FollowLinksAsync(CancellationToken cancellation)
    {
        using var netlink = new RouteNetlink();
        if (Forwarding.Examine(netlink).IsSameAs(_links))
            return;
        await _linksGate.WaitAsync(cancellation);
        try
        {
            using var machine = await MachineLock.TakeAsync(cancellation);
            var links = Forwarding.Open(netlink);
            await _firewall.ApplyAsync(_subnet, links, cancellation);
            _links = links;
        }
        finally
        {
            _linksGate.Release();
        }
    }

    internal uint RentAddress() => _addresses.Rent();

    /// <summary>
    /// Connects a namespace to the bridge. Runs on a thread inside it; <paramref name="host"/> was opened outside,
    /// <paramref name="inside"/> within. A port is isolated before it is up.
    /// </summary>
    internal void Connect(RouteNetlink host, RouteNetlink inside, int namespaceDescriptor, uint address)
    {
        var port = PortOf(address);
        try
        {
            host.AddPair(port, _index, InsideName, namespaceDescriptor, _mtu);
        }
        catch (NetlinkException refused) when (refused.Error == NetlinkException.Exists)
        {
            // The port of the address's last owner, whom something (a listener left open) still keeps.
            host.TryDeleteLink(port);
            host.AddPair(port, _index, InsideName, namespaceDescriptor, _mtu);
        }
        host.Isolate(port);
        if (_hasInet6)
            host.WithholdInet6(port);
        host.SetUp(port);
        inside.AddAddress(inside.GetLinkByName(InsideName).Index, address, _subnet.PrefixLength);
        inside.SetUp(InsideName);
        inside.AddDefaultRoute(_subnet.Gateway);
    }

    /// <summary>
    /// Takes an address back. Its port goes with the namespace: the kernel removes dead namespaces many at a time, which costs far less
    /// than deleting links one by one (30 ms each, while nobody else can make any).
    /// </summary>
    internal void ReturnAddress(uint address) => _addresses.Return(address);

    static List<Subnet> TakenSubnets(RouteNetlink netlink)
    {
        // A route for half of everything, as VPNs make it, is a default route: it takes no network.
        const int shortestTaken = 2;
        var routed = netlink.ListRoutes().Select(route => route.Destination).Where(subnet => subnet.PrefixLength >= shortestTaken);
        var nameServers = File.Exists("/etc/resolv.conf") ? Subnet.FindNameServers(File.ReadLines("/etc/resolv.conf")) : [];
        return [.. routed, .. nameServers];
    }

    static int OutwardMtu(RouteNetlink netlink)
    {
        var links = netlink.ListLinks();
        var outward = netlink.ListRoutes()
            .Where(route => route.Kind == RouteKind.Unicast && route.Destination.PrefixLength < 2)
            .SelectMany(route => route.Links)
            .SelectMany(index => links.Where(link => link.Index == index))
            .Select(link => link.Mtu);
        return Math.Clamp(outward.DefaultIfEmpty(LargestMtu).Min(), SmallestMtu, LargestMtu);
    }

    static void ConfigureBridge(string name)
    {
        File.WriteAllText(Forwarding.Setting(name, "forwarding"), "1");
        File.WriteAllText(Forwarding.Setting(name, "send_redirects"), "0");
        File.WriteAllText(Forwarding.Setting(name, "accept_redirects"), "0");
        var inet6 = $"/proc/sys/net/ipv6/conf/{name}/disable_ipv6";
        if (File.Exists(inet6))
            File.WriteAllText(inet6, "1");
    }
}
