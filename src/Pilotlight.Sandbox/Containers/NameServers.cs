using System.Net;

namespace Pilotlight.Sandbox;

/// <summary>
/// The name servers that sandboxes ask. The host's loopback is not theirs: a local stub resolver is replaced by the servers it asks.
/// </summary>
static class NameServers
{
    static readonly string[] Files =
        ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf", "/run/NetworkManager/resolv.conf"];

    public static string ResolvConf()
    {
        foreach (var file in Files)
        {
            try
            {
                var text = Filter(File.ReadAllText(file));
                if (text.Contains("nameserver", StringComparison.Ordinal))
                    return text;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next one may be there.
            }
        }
        return "";
    }

    internal static string Filter(string text)
    {
        var lines = text.Split('\n').Select(line => line.Trim()).Where(line => line.Split((char[]?)null, 2) switch
        {
            ["nameserver", var server] => IPAddress.TryParse(server.Trim().Split('%')[0], out var address) && !IPAddress.IsLoopback(address),
            ["search" or "options" or "domain", _] => true,
            _ => false,
        });
        return string.Concat(lines.Select(line => line + "\n"));
    }
}
