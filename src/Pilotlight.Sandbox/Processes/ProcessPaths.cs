namespace Pilotlight.Sandbox;

/// <summary>Where on the host lies what a container would see at a path.</summary>
sealed class ProcessPaths
{
    const int MostLinks = 16;

    readonly (string Inside, string Host)[] _places;

    readonly HashSet<string> _links;

    public ProcessPaths(SandboxSpec spec, string temporaryFolder)
    {
        _links = [.. spec.Links.Keys];
        // The longest first: a mount inside another hides that part of it.
        _places =
        [
            .. spec.Mounts.Select(mount => (mount.Target, mount.Source))
                .Concat(spec.Links.Select(link => (link.Key, Target(link.Key, link.Value))))
                .Append(("/tmp", temporaryFolder))
                .OrderByDescending(place => place.Item1.Length),
        ];
    }

    public string OnHost(string path)
    {
        for (var i = 0; i < MostLinks; i++)
        {
            var place = _places.FirstOrDefault(place =>
                path == place.Inside || path.StartsWith(place.Inside + "/", StringComparison.Ordinal));
            if (place.Inside is null || place.Host == place.Inside)
                return path;
            path = place.Host + path[place.Inside.Length..];
            // A folder of the host is the end of the way, even one below /tmp; only links lead on.
            if (!_links.Contains(place.Inside))
                return path;
        }
        return path;
    }

    static string Target(string link, string target) => Path.GetFullPath(target, Path.GetDirectoryName(link)!);
}
