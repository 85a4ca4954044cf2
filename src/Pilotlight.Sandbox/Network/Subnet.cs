using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Pilotlight.Sandbox;

/// <summary>An IPv4 network. Addresses are numbers in host order.</summary>
readonly record struct Subnet(uint Network, int PrefixLength)
{
    /// <summary>Room for as many addresses as a bridge has ports (1,023).</summary>
    internal const int InstancePrefixLength = 22;

    uint Mask => PrefixLength == 0 ? 0 : uint.MaxValue << (32 - PrefixLength);

    internal uint Gateway => Network + 1;

    /// <summary>The addresses that sandboxes may have: neither the network's, the gateway's nor the broadcast address.</summary>
    internal IEnumerable<uint> Hosts
    {
        get
        {
            for (var address = Network + 2; address < (Network | ~Mask); address++)
                yield return address;
        }
    }

    internal bool Overlaps(Subnet other)
    {
        var mask = Mask & other.Mask;
        return (Network & mask) == (other.Network & mask);
    }

    /// <summary>
    /// A network that overlaps none of those taken: out of the range for carriers' NAT, which private networks seldom use, else out of 10/8.
    /// The search starts at a place of the instance's own, so that instances rarely want the same.
    /// </summary>
    /// <exception cref="SandboxException">Every candidate is taken.</exception>
    internal static Subnet Choose(string instance, IReadOnlyCollection<Subnet> taken)
    {
        ReadOnlySpan<Subnet> ranges = [new(Parse("100.64.0.0"), 10), new(Parse("10.0.0.0"), 8)];
        foreach (var range in ranges)
        {
            var count = 1u << (InstancePrefixLength - range.PrefixLength);
            var first = Hash(instance);
            for (var i = 0u; i < count; i++)
            {
                var candidate = new Subnet(range.Network + ((first + i) % count << (32 - InstancePrefixLength)), InstancePrefixLength);
                if (!taken.Any(candidate.Overlaps))
                    return candidate;
            }
        }
        throw new SandboxException("every network of 100.64.0.0/10 and 10.0.0.0/8 is routed already: there is none left for sandboxes");
    }

    /// <summary>The name servers of a <c>resolv.conf</c>: sandboxes must be able to reach them, whatever route leads there.</summary>
    internal static IEnumerable<Subnet> FindNameServers(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var server, ..] && IPAddress.TryParse(server, out var address)
                && address.AddressFamily == AddressFamily.InterNetwork)
                yield return new Subnet(FromAddress(address), 32);
        }
    }

    internal static uint Parse(string address) => FromAddress(IPAddress.Parse(address));

    internal static uint FromAddress(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var length) && length == 4
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : throw new ArgumentException($"{address} is not an IPv4 address");
    }

    internal static IPAddress ToAddress(uint address)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes);
    }

    internal static string Format(uint address) => ToAddress(address).ToString();

    public override string ToString() => $"{Format(Network)}/{PrefixLength}";

    // FNV-1a; string.GetHashCode differs from process to process.
    static uint Hash(string text) => text.Aggregate(2166136261u, (hash, character) => unchecked((hash ^ character) * 16777619u));
}
