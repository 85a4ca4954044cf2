namespace Pilotlight.Sandbox;

/// <summary>
/// The nftables table of one instance: what its bridge lets through. The rules stand whether or not the bridge exists, and name it,
/// so they are there before the first packet.
/// </summary>
sealed class Firewall(string instance, string bridge, string tool)
{
    const string Remedy = "apt-get install nftables";

    /// <exception cref="SandboxException">nft is missing; the message says what mends it.</exception>
    internal static Firewall Open(string instance, string bridge) =>
        new(instance, bridge, SystemTool.Find("nft") ?? throw new SandboxException($"nft is missing ({Remedy})"));

    internal Task ApplyAsync(Subnet subnet, ForwardedLinks links, CancellationToken cancellation) =>
        SystemTool.RunAsync(tool, ["-f", "-"], Rules(subnet, links), cancellation);

    internal static async Task RemoveAsync(string instance, CancellationToken cancellation)
    {
        if (SystemTool.Find("nft") is not { } tool)
            return;
        // Declaring the table first makes its removal succeed when there is none.
        await SystemTool.RunAsync(tool, ["-f", "-"], $"table inet {Table(instance)}\ndelete table inet {Table(instance)}\n", cancellation);
    }

    /// <summary>Chains of others that drop what is forwarded unless a rule of theirs lets it through, as Docker and ufw make them.</summary>
    internal async Task<IReadOnlyList<string>> FindHostileChainsAsync(CancellationToken cancellation)
    {
        var listing = await SystemTool.RunAsync(tool, ["list", "chains"], "", cancellation);
        return ParseHostileChains(listing);
    }

    internal static IReadOnlyList<string> ParseHostileChains(string listing)
    {
        List<string> hostile = [];
        var (table, chain) = ("", "");
        foreach (var line in listing.Split('\n').Select(line => line.Trim()))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["table", var family, var name, ..])
                table = $"{family} {name}";
            else if (words is ["chain", var chainName, ..])
                chain = chainName;
            else if (line.Contains("hook forward ") && line.Contains("policy drop") && table.Split(' ')[0] is "ip" or "inet")
                hostile.Add($"{table} {chain}");
        }
        return hostile;
    }

    /// <summary>
    /// Dropping is final in every chain, so it is done first, before anyone's address translation: a port that Docker publishes is
    /// translated before <c>input</c> and would pass as forwarded.
    /// </summary>
    string Rules(Subnet subnet, ForwardedLinks links) => $$"""
        table inet {{Table(instance)}}
        delete table inet {{Table(instance)}}
        table inet {{Table(instance)}} {
            chain prerouting {
                type filter hook prerouting priority raw; policy accept;
                iifname != "{{bridge}}" return
                meta nfproto != ipv4 drop
                ip saddr != {{subnet}} drop
                ip daddr { {{subnet}}, 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3 } drop
                fib daddr type { local, broadcast, anycast, multicast } drop
            }
            chain input {
                type filter hook input priority filter; policy accept;
                iifname "{{bridge}}" drop
            }
            chain output {
                type filter hook output priority filter; policy accept;
                oifname != "{{bridge}}" return
                ct state related accept
                drop
            }
            chain forward {
                type filter hook forward priority filter; policy accept;
                iifname "{{bridge}}" oifname "{{bridge}}" drop
                iifname "{{bridge}}" accept
                oifname "{{bridge}}" ct state established,related accept
                oifname "{{bridge}}" drop
                {{GuardRule(links)}}
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr {{subnet}} oifname != "{{bridge}}" masquerade
            }
        }

        """;

    static string GuardRule(ForwardedLinks links) => links.Opened.Count == 0
        ? ""
        : $"iifname {{ {Quote(links.Opened)} }} oifname {{ {Quote(links.Routed)} }} drop";

    static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));

    static string Table(string instance) => $"pilotlight_{instance}";
}
