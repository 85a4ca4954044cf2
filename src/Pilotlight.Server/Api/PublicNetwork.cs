using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Pilotlight.Api;

/// <summary>
/// Which addresses belong to the public network: neither to this machine, nor to a private network, nor to nobody. What users may have the
/// platform connect to is judged by it, on the address that is connected to.
/// </summary>
/// <remarks>https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry</remarks>
public static class PublicNetwork
{
    static readonly IPNetwork[] s_special = new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    }.Select(static text => IPNetwork.Parse(text)).ToArray();

    /// <summary>Of IPv6 nothing else was given out.</summary>
    static readonly IPNetwork s_unicast = IPNetwork.Parse("2000::/3");

    public static bool Has(IPAddress address)
    {
        address = Plain(address);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !s_unicast.Contains(address))
            return false;
        foreach (var network in s_special)
        {
            if (network.Contains(address))
                return false;
        }

        return true;
    }

    /// <summary>Whether an interface of this machine has the address now.</summary>
    public static bool IsOwn(IPAddress address)
    {
        address = Plain(address);
        return NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses).Any(own => Plain(own.Address).Equals(address));
    }

    /// <summary>An IPv4 address in its own form, and without the interface that an IPv6 address may name.</summary>
    public static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;
}
