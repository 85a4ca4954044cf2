namespace Pilotlight.Sandbox;

/// <summary>
/// The links that carry routes, and those of them on which this program (any instance) switched forwarding on. What comes in on one
/// of those and would leave through another was not forwarded before, and the firewall keeps it so.
/// </summary>
sealed record ForwardedLinks(IReadOnlyList<string> Routed, IReadOnlyList<string> Opened)
{
    internal bool IsSameAs(ForwardedLinks other) => Routed.SequenceEqual(other.Routed) && Opened.SequenceEqual(other.Opened);
}

/// <summary>
/// Switches IPv4 forwarding on, link by link, where answers from outside come in; the host as a whole does not become a router. What
/// was switched on is noted in a folder that all instances share, and the last instance to leave switches it off again.
/// </summary>
static class Forwarding
{
    internal const string StateFolder = "/run/pilotlight";
    const string NotesFolder = StateFolder + "/forwarding";
    const string Settings = "/proc/sys/net/ipv4/conf";

    internal static string Setting(string link, string name) => $"{Settings}/{link}/{name}";

    /// <summary>Call with the machine's lock held.</summary>
    internal static ForwardedLinks Open(RouteNetlink netlink)
    {
        var routed = FindRouted(netlink);
        if (IsOn("all"))
            return new ForwardedLinks(routed, []);
        Directory.CreateDirectory(NotesFolder);
        foreach (var link in routed.Where(link => !IsOn(link)))
        {
            // The note first: forwarding that nobody remembers would never be switched off.
            File.WriteAllText(Path.Combine(NotesFolder, link), "");
            TrySwitch(link, "1");
        }
        return Read(routed);
    }

    /// <summary>What <see cref="Open"/> would find now, changing nothing.</summary>
    internal static ForwardedLinks Examine(RouteNetlink netlink) => Read(FindRouted(netlink));

    /// <summary>Undoes <see cref="Open"/> unless an instance's bridge is left. Call with the machine's lock held.</summary>
    internal static void Close(RouteNetlink netlink)
    {
        var notes = ReadNotes();
        if (notes.Count == 0 || netlink.ListLinks().Any(link => NatBridge.IsOurs(link.Name)))
            return;
        foreach (var link in notes)
        {
            // Who switched it on for the whole host since (Docker, an administrator) means these links too.
            if (!IsOn("all"))
                TrySwitch(link, "0");
            File.Delete(Path.Combine(NotesFolder, link));
        }
    }

    static ForwardedLinks Read(IReadOnlyList<string> routed) => new(routed, IsOn("all") ? [] : ReadNotes());

    static IReadOnlyList<string> ReadNotes() =>
        Directory.Exists(NotesFolder) ? [.. Directory.GetFiles(NotesFolder).Select(note => Path.GetFileName(note)).Order()] : [];

    static List<string> FindRouted(RouteNetlink netlink)
    {
        var indexes = netlink.ListRoutes().Where(route => route.Kind == RouteKind.Unicast).SelectMany(route => route.Links).ToHashSet();
        return [.. netlink.ListLinks()
            .Where(link => indexes.Contains(link.Index) && link.Name != "lo" && !NatBridge.IsOurs(link.Name) && IsPlain(link.Name))
            .Select(link => link.Name)
            .Order()];
    }

    /// <summary>The kernel takes nearly any character in a link's name; nftables would read some of them as its own.</summary>
    internal static bool IsPlain(string link) =>
        link.AsSpan().IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+") < 0;

    static bool IsOn(string link)
    {
        try
        {
            return File.ReadAllText(Setting(link, "forwarding")).Trim() == "1";
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Does nothing to a link that has gone meanwhile.</summary>
    static void TrySwitch(string link, string value)
    {
        try
        {
            File.WriteAllText(Setting(link, "forwarding"), value);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException && !IsThere(link))
        {
            // A link that is gone forwards nothing.
        }
    }

    static bool IsThere(string link) => Directory.Exists($"{Settings}/{link}");
}
