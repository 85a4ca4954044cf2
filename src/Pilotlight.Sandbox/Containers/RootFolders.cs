using System.Collections.Concurrent;

namespace Pilotlight.Sandbox;

/// <summary>
/// The root file systems of one instance, each made once and then shared, read-only, by all sandboxes that ask for the same image,
/// links and mount points. They are mounted in the launch thread's namespace only.
/// </summary>
sealed class RootFolders(string folder, string guestPath, LaunchThread launches)
{
    /// <summary>Where the guest is found inside.</summary>
    public const string Guest = "/var/rapid/init";

    static readonly string[] Folders =
    [
        "dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "tmp", "usr", "var/lang", "var/rapid", "var/runtime", "var/task",
        "var/tmp",
    ];

    static readonly string[] Merged = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    // Nothing may be put there: these are mounted over, or are not ours.
    static readonly string[] Reserved = ["/proc", "/dev", "/tmp", "/usr", "/sys"];

    static readonly string[] Hidden = ["/proc", "/dev", "/tmp"];

    readonly ConcurrentDictionary<string, Lazy<Task<string>>> _made = [];
    int _count;

    /// <summary>The path of the root file system for such a sandbox, as the launch thread sees it.</summary>
    public async Task<string> GetAsync(SandboxSpec spec)
    {
        Check(spec);
        var key = string.Join('\n', [
            spec.RootFileSystem ?? "",
            .. spec.Links.OrderBy(link => link.Key, StringComparer.Ordinal).Select(link => $"{link.Key}\t{link.Value}"),
            .. spec.Mounts.Select(mount => mount.Target + (File.Exists(mount.Source) ? "" : "/")).Order(StringComparer.Ordinal),
        ]);
        var made = _made.GetOrAdd(key, _ => new(() => launches.RunAsync(() => Make(spec))));
        try
        {
            return await made.Value;
        }
        catch
        {
            _made.TryRemove(new(key, made));
            throw;
        }
    }

    static void Check(SandboxSpec spec)
    {
        foreach (var path in spec.Mounts.Select(mount => mount.Target).Concat(spec.Links.Keys))
        {
            if (!path.StartsWith('/') || path.Length < 2 || path.EndsWith('/') || path.Contains('\0') || path.Contains('\n')
                || path.Split('/').Skip(1).Any(part => part is "" or "." or "..")
                || Reserved.Any(reserved => IsAtOrBelow(path, reserved)))
                throw new SandboxException($"nothing can be put at '{path}' in a sandbox");
        }
        foreach (var mount in spec.Mounts)
        {
            if (!Path.Exists(mount.Source))
                throw new SandboxException($"'{mount.Source}' does not exist, and so cannot be seen at {mount.Target}");
        }
    }

    string Make(SandboxSpec spec)
    {
        var name = Path.Combine(folder, Interlocked.Increment(ref _count).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return spec.RootFileSystem is null ? MakeFromHost(name, spec) : MakeFromImage(name, spec.RootFileSystem, spec);
    }

    string MakeFromHost(string root, SandboxSpec spec)
    {
        foreach (var inner in Folders)
            Directory.CreateDirectory(Path.Combine(root, inner));
        var binds = new List<(string Source, string Target)> { ("/usr", root + "/usr"), (Etc(), root + "/etc"), (guestPath, root + Guest) };
        foreach (var name in Merged)
        {
            var host = new DirectoryInfo("/" + name);
            if (host.LinkTarget is { } target)
                File.CreateSymbolicLink(Path.Combine(root, name), target);
            else if (host.Exists)
                binds.Add(("/" + name, Directory.CreateDirectory(Path.Combine(root, name)).FullName));
        }
        File.WriteAllText(root + Guest, "");
        MakePlaces(root, spec, path => path);
        ReadableFolder.Open(root);
        _ = Posix.chmod(Path.Combine(root, "tmp"), 0x3ff); // 1777: runc looks at the folder below the mount.
        foreach (var (source, target) in binds)
            Bind(source, target);
        return root;
    }

    string Etc()
    {
        var etc = Path.Combine(folder, "etc");
        if (!Directory.Exists(etc))
        {
            EtcFolder.Make(etc, ContainerConfiguration.User, ContainerConfiguration.Group);
            ReadableFolder.Open(etc);
        }
        return etc;
    }

    /// <summary>The image is never written: what it lacks lies in a layer above it.</summary>
    string MakeFromImage(string root, string image, SandboxSpec spec)
    {
        if (!Directory.Exists(image) || image.AsSpan().IndexOfAny(":,\\") >= 0)
            throw new SandboxException($"'{image}' is not a folder, or has a colon, comma or backslash in its name");
        var layer = root + "-layer";
        var tree = new ImageTree(image);
        string Place(string path)
        {
            var place = tree.Resolve(path);
            // A link to where something is mounted over it is not followed: the layer's folder takes its place.
            return Hidden.Any(hidden => IsAtOrBelow(place, hidden) && !IsAtOrBelow(path, hidden)) ? path : place;
        }
        foreach (var inner in new[] { "dev", "etc", "proc", "tmp", "var/rapid" })
            Directory.CreateDirectory(layer + Place("/" + inner));
        EtcFolder.WriteNetworkFiles(layer + Place("/etc"));
        MakePlaces(layer, spec, Place);
        File.WriteAllText(layer + Place(Guest), "");
        ReadableFolder.Open(layer);
        _ = Posix.chmod(layer + Place("/tmp"), 0x3ff);
        Directory.CreateDirectory(root);
        if (Posix.mount("overlay", root, "overlay", Posix.MS_RDONLY | Posix.MS_NOSUID | Posix.MS_NODEV, $"lowerdir={layer}:{image}") < 0)
            throw new SandboxException($"the image {image} cannot be mounted: {Posix.LastMessage}; the kernel needs overlayfs");
        Bind(guestPath, root + Place(Guest));
        return root;
    }

    static void MakePlaces(string root, SandboxSpec spec, Func<string, string> resolve)
    {
        // Outer folders first, so that a mount inside another finds that other's folder, and a link never stands in the way.
        foreach (var mount in spec.Mounts.OrderBy(mount => mount.Target.Length))
        {
            var place = root + resolve(mount.Target);
            Directory.CreateDirectory(File.Exists(mount.Source) ? Path.GetDirectoryName(place)! : place);
            if (File.Exists(mount.Source) && !File.Exists(place))
                File.WriteAllText(place, "");
        }
        foreach (var (path, target) in spec.Links)
        {
            var place = root + resolve(path);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Delete(place);
            File.CreateSymbolicLink(place, target);
        }
    }

    static bool IsAtOrBelow(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);

    static void Bind(string source, string target)
    {
        if (Posix.mount(source, target, null, Posix.MS_BIND | Posix.MS_REC, null) < 0)
            throw new SandboxException($"{source} cannot be bound to {target}: {Posix.LastMessage}");
        if (Posix.SealMount(target) < 0 && Posix.mount(
            null, target, null, Posix.MS_BIND | Posix.MS_REMOUNT | Posix.MS_RDONLY | Posix.MS_NOSUID | Posix.MS_NODEV, null) < 0)
            throw new SandboxException($"{target} cannot be made read-only: {Posix.LastMessage}");
    }
}
