using System.Runtime.InteropServices;

namespace Pilotlight.Sandbox;

/// <summary>A link as the kernel lists it. <c>Master</c> is the index of the bridge it is a port of, or 0.</summary>
readonly record struct Link(int Index, string Name, int Master, int Mtu);

/// <summary>An IPv4 route of any table: where to, and through which links.</summary>
sealed record Route(Subnet Destination, RouteKind Kind, IReadOnlyList<int> Links);

/// <summary>The kernel's route types that matter here.</summary>
enum RouteKind
{
    Other,
    Unicast,
}

/// <summary>Links, addresses and routes of one network namespace, over rtnetlink.</summary>
sealed class RouteNetlink : IDisposable
{
    const ushort NewLink = 16, DeleteLink = 17, GetLink = 18, NewAddress = 20, NewRoute = 24, GetRoute = 26;
    const ushort Request = 1, Acknowledge = 4, Exclusive = 0x200, Create = 0x400, All = 0x300;
    const ushort LinkAddress = 1, LinkName = 3, LinkMtu = 4, LinkMaster = 10, LinkKind = 18, LinkFamilies = 26, LinkNamespace = 28;
    const ushort LinkTransmitQueues = 31, LinkReceiveQueues = 32;
    const ushort Kind = 1, KindDetails = 2, PortKind = 4, PortDetails = 5;
    const ushort VethPeer = 1;
    const ushort BridgeForwardDelay = 1, BridgeSpanningTree = 5, BridgeMulticastSnooping = 23;
    const ushort PortIsolated = 33;
    const ushort Inet6AddressGeneration = 8;
    const byte NoAddressGeneration = 1;
    const byte Inet4 = 2, Inet6 = 10;
    const uint FlagUp = 1;
    const byte MainTable = 254, StaticProtocol = 4, UnicastRoute = 1;

    readonly NetlinkSocket _socket = new();

    public void Dispose() => _socket.Dispose();

    /// <summary>
    /// A bridge with a fixed address: without one its address would change with its ports, and every neighbour would hold a wrong one.
    /// </summary>
    internal void AddBridge(string name, ReadOnlySpan<byte> hardwareAddress, int mtu)
    {
        var request = new NetlinkRequest(NewLink, Request | Acknowledge | Create | Exclusive, LinkHeader(0, 0, 0))
            .Add(LinkName, name)
            .Add(LinkAddress, hardwareAddress)
            .Add(LinkMtu, mtu)
            .Nest(LinkKind, static kind => kind
                .Add(Kind, "bridge")
                .Nest(KindDetails, static bridge => bridge
                    .Add(BridgeForwardDelay, 0)
                    .Add(BridgeSpanningTree, 0)
                    .Add(BridgeMulticastSnooping, (byte)0)));
        _socket.Execute(request, $"make bridge {name}");
    }

    /// <summary>A pair of links: one here as a port of the bridge, the other in the namespace of the descriptor. Both are down.</summary>
    internal void AddPair(string name, int bridge, string peerName, int peerNamespace, int mtu)
    {
        var request = new NetlinkRequest(NewLink, Request | Acknowledge | Create | Exclusive, LinkHeader(0, 0, 0))
            .Add(LinkName, name)
            .Add(LinkMtu, mtu)
            .Add(LinkMaster, bridge)
            .Add(LinkTransmitQueues, 1)
            .Add(LinkReceiveQueues, 1)
            .Nest(LinkKind, kind => kind
                .Add(Kind, "veth")
                .Nest(KindDetails, details => details
                    .Nest(VethPeer, peer => peer
                        .AddRaw(LinkHeader(0, 0, 0))
                        .Add(LinkName, peerName)
                        .Add(LinkMtu, mtu)
                        .Add(LinkTransmitQueues, 1)
                        .Add(LinkReceiveQueues, 1)
                        .Add(LinkNamespace, peerNamespace))));
        _socket.Execute(request, $"make link {name}");
    }

    /// <summary>Keeps a bridge's port from reaching other isolated ports of that bridge.</summary>
    internal void Isolate(string name)
    {
        var request = new NetlinkRequest(NewLink, Request | Acknowledge, LinkHeader(0, 0, 0))
            .Add(LinkName, name)
            .Nest(LinkKind, static kind => kind
                .Add(PortKind, "bridge")
                .Nest(PortDetails, static port => port.Add(PortIsolated, (byte)1)));
        _socket.Execute(request, $"isolate link {name}");
    }

    /// <summary>Keeps a link from giving itself an IPv6 address when it goes up, and so from announcing it.</summary>
    internal void WithholdInet6(string name)
    {
        var request = new NetlinkRequest(NewLink, Request | Acknowledge, LinkHeader(0, 0, 0))
            .Add(LinkName, name)
            .Nest(LinkFamilies, static families => families
                .Nest(Inet6, static inet6 => inet6.Add(Inet6AddressGeneration, NoAddressGeneration)));
        _socket.Execute(request, $"withhold IPv6 from link {name}");
    }

    internal void SetUp(string name) => _socket.Execute(
        new NetlinkRequest(NewLink, Request | Acknowledge, LinkHeader(0, FlagUp, FlagUp)).Add(LinkName, name), $"set link {name} up");

    /// <summary>Deletes a link, and with it its peer. False when there is none of that name.</summary>
    internal bool TryDeleteLink(string name)
    {
        try
        {
            _socket.Execute(new NetlinkRequest(DeleteLink, Request | Acknowledge, LinkHeader(0, 0, 0)).Add(LinkName, name), $"delete link {name}");
            return true;
        }
        catch (NetlinkException refused) when (refused.Error == NetlinkException.NoSuchDevice)
        {
            return false;
        }
    }

    internal void AddAddress(int link, uint address, int prefixLength)
    {
        Span<byte> header = [Inet4, (byte)prefixLength, 0, 0, 0, 0, 0, 0];
        MemoryMarshal.Write(header[4..], link);
        const ushort address_ = 1, local = 2;
        _socket.Execute(
            new NetlinkRequest(NewAddress, Request | Acknowledge | Create | Exclusive, header).AddAddress(local, address).AddAddress(address_, address),
            $"add address {Subnet.Format(address)}/{prefixLength}");
    }

    internal void AddDefaultRoute(uint gateway)
    {
        const ushort gatewayAttribute = 5;
        ReadOnlySpan<byte> header = [Inet4, 0, 0, 0, MainTable, StaticProtocol, 0, UnicastRoute, 0, 0, 0, 0];
        _socket.Execute(
            new NetlinkRequest(NewRoute, Request | Acknowledge | Create | Exclusive, header).AddAddress(gatewayAttribute, gateway),
            $"add default route through {Subnet.Format(gateway)}");
    }

    internal IReadOnlyList<Link> ListLinks()
    {
        List<Link> links = [];
        _socket.Dump(new NetlinkRequest(GetLink, Request | All, LinkHeader(0, 0, 0)), "list links", links.Clear, (type, body) =>
        {
            if (type == NewLink)
                links.Add(ParseLink(body));
        });
        return links;
    }

    internal Link GetLinkByName(string name) =>
        ListLinks().FirstOrDefault(link => link.Name == name) is { Index: > 0 } link ? link : throw new SandboxException($"there is no link {name}");

    /// <summary>The IPv4 routes of every table.</summary>
    internal IReadOnlyList<Route> ListRoutes()
    {
        List<Route> routes = [];
        ReadOnlySpan<byte> header = [Inet4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        _socket.Dump(new NetlinkRequest(GetRoute, Request | All, header), "list routes", routes.Clear, (type, body) =>
        {
            if (type == NewRoute && ParseRoute(body) is { } route)
                routes.Add(route);
        });
        return routes;
    }

    /// <exception cref="InvalidDataException">The bytes are no link.</exception>
    internal static Link ParseLink(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16)
            throw new InvalidDataException($"netlink: a link of {body.Length} bytes");
        var link = new Link(MemoryMarshal.Read<int>(body[4..]), "", 0, 0);
        var attributes = new NetlinkAttributes(body[16..]);
        while (attributes.Read())
        {
            link = attributes.Type switch
            {
                LinkName => link with { Name = attributes.Text },
                LinkMaster => link with { Master = attributes.Integer },
                LinkMtu => link with { Mtu = attributes.Integer },
                _ => link,
            };
        }
        return link;
    }

    /// <returns>Null for what is not IPv4.</returns>
    /// <exception cref="InvalidDataException">The bytes are no route.</exception>
    internal static Route? ParseRoute(ReadOnlySpan<byte> body)
    {
        const int destination = 1, outgoingLink = 4, severalHops = 9;
        if (body.Length < 12)
            throw new InvalidDataException($"netlink: a route of {body.Length} bytes");
        if (body[0] != Inet4)
            return null;
        if (body[1] > 32)
            throw new InvalidDataException($"netlink: a route to a prefix of {body[1]} bits");
        var network = 0u;
        List<int> links = [];
        var attributes = new NetlinkAttributes(body[12..]);
        while (attributes.Read())
        {
            if (attributes.Type == destination)
                network = attributes.Address;
            else if (attributes.Type == outgoingLink)
                links.Add(attributes.Integer);
            else if (attributes.Type == severalHops)
                ParseHops(attributes.Value, links);
        }
        return new Route(new Subnet(network, body[1]), body[7] == UnicastRoute ? RouteKind.Unicast : RouteKind.Other, links);
    }

    static void ParseHops(ReadOnlySpan<byte> hops, List<int> links)
    {
        while (!hops.IsEmpty)
        {
            var length = hops.Length < 8 ? 0 : MemoryMarshal.Read<ushort>(hops);
            if (length < 8 || length > hops.Length)
                throw new InvalidDataException($"netlink: a next hop of {length} bytes in {hops.Length}");
            links.Add(MemoryMarshal.Read<int>(hops[4..]));
            hops = hops[Math.Min(hops.Length, (length + 3) & ~3)..];
        }
    }

    static byte[] LinkHeader(int index, uint flags, uint change)
    {
        var header = new byte[16];
        MemoryMarshal.Write(header.AsSpan(4), index);
        MemoryMarshal.Write(header.AsSpan(8), flags);
        MemoryMarshal.Write(header.AsSpan(12), change);
        return header;
    }
}
