using System.Globalization;
using System.Net;
using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>
/// Where integrations with HTTP endpoints may lead: into the public network, and to what the operator lists in <c>HttpApis:ProxyTargets</c>.
/// Decided on the address that is connected to, so that no name can lead elsewhere.
/// </summary>
sealed class ProxyTargets
{
    readonly List<(IPNetwork Network, int? Port)> _networks = [];
    readonly List<(string Host, int? Port)> _hosts = [];

    /// <param name="listed">Addresses, networks (<c>10.1.0.0/16</c>), names, or <c>*.</c> and a domain; each with <c>:PORT</c> if one only.</param>
    /// <exception cref="FormatException">One of them is none of these.</exception>
    public ProxyTargets(IEnumerable<string> listed)
    {
        foreach (var entry in listed)
            Add(entry.Trim().ToLowerInvariant());
    }

    /// <summary>Those of a host's addresses that may be connected to.</summary>
    public IPAddress[] Allowed(string host, int port, IEnumerable<IPAddress> addresses)
    {
        host = host.ToLowerInvariant().TrimEnd('.');
        var isNamed = _hosts.Exists(entry => Fits(entry.Port, port) && Fits(entry.Host, host));
        return [.. addresses.Where(address => isNamed || IsListed(address, port) || (PublicNetwork.Has(address) && !PublicNetwork.IsOwn(address)))];
    }

    bool IsListed(IPAddress address, int port)
    {
        address = PublicNetwork.Plain(address);
        return _networks.Exists(entry => Fits(entry.Port, port) && entry.Network.Contains(address));
    }

    static bool Fits(int? listed, int port) => listed is null || listed == port;

    static bool Fits(string listed, string host) => listed.StartsWith("*.", StringComparison.Ordinal)
        ? host.Length > listed.Length - 1 && host.EndsWith(listed[1..], StringComparison.Ordinal)
        : host == listed;

    void Add(string entry)
    {
        if (IPNetwork.TryParse(entry, out var network))
        {
            _networks.Add((network, null));
        }
        else if (IPAddress.TryParse(entry, out var address))
        {
            _networks.Add((Single(address), null));
        }
        else if (IPEndPoint.TryParse(entry, out var endpoint))
        {
            _networks.Add((Single(endpoint.Address), endpoint.Port));
        }
        else
        {
            var colon = entry.LastIndexOf(':');
            int? port = colon < 0 ? null : int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : -1;
            var host = colon < 0 ? entry : entry[..colon];
            var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
            if (port is < 1 or > 65_535 || Uri.CheckHostName(name) != UriHostNameType.Dns)
                throw new FormatException($"HttpApis:ProxyTargets has an entry that is neither an address, a network nor a name: {entry}");
            _hosts.Add((host, port));
        }
    }

    static IPNetwork Single(IPAddress address)
    {
        address = PublicNetwork.Plain(address);
        return new IPNetwork(address, address.GetAddressBytes().Length * 8);
    }
}
