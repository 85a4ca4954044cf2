namespace Pilotlight.Sandbox;

/// <summary>
/// Where this machine's control groups are: one unified hierarchy (version 2), or one for each controller (version 1), perhaps with
/// a version 2 hierarchy beside them that has no controllers of use (hybrid).
/// </summary>
sealed record ControlGroupLayout(IReadOnlyDictionary<string, string> Version1, string? Version2, bool IsUnified)
{
    static readonly string[] Controllers = ["memory", "cpu", "cpuacct", "pids", "freezer", "devices", "cpuset", "blkio"];

    public bool IsUsable => IsUnified || Version1.ContainsKey("memory") && Version1.ContainsKey("freezer") && Version1.ContainsKey("pids");

    /// <summary>The version 2 mount that an OCI runtime must not see, because it believes a machine to be either one or the other.</summary>
    public string? HiddenMount => IsUnified ? null : Version2;

    /// <summary>The root of every hierarchy, for clearing.</summary>
    public IEnumerable<string> Roots => Version1.Values.Concat(Version2 is null ? [] : [Version2]).Distinct();

    /// <summary>The hierarchy that can freeze, or null.</summary>
    public string? FreezerRoot => IsUnified ? Version2 : Version1.GetValueOrDefault("freezer");

    public static ControlGroupLayout Read()
    {
        var version1 = new Dictionary<string, string>();
        string? version2 = null;
        foreach (var mount in MountTable.Read())
        {
            if (mount.Type == "cgroup2")
            {
                version2 ??= mount.Target;
            }
            else if (mount.Type == "cgroup")
            {
                foreach (var controller in Controllers.Where(mount.HasOption))
                    version1.TryAdd(controller, mount.Target);
                if (mount.Options.Split(',').FirstOrDefault(option => option.StartsWith("name=", StringComparison.Ordinal)) is { } name)
                    version1.TryAdd(name, mount.Target);
            }
        }
        var available = version2 is null ? [] : ReadWords(Path.Combine(version2, "cgroup.controllers"));
        return new(version1, version2, available.Contains("memory") && available.Contains("pids"));
    }

    public override string ToString() =>
        IsUnified ? "version 2"
        : Version1.Count == 0 ? "none"
        : (Version2 is null ? "version 1" : "hybrid") + $" ({string.Join(' ', Controllers.Where(Version1.ContainsKey))})";

    static string[] ReadWords(string file)
    {
        try
        {
            return File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>
    /// Makes the first write to cgroup.procs cost microseconds instead of a grace period of 12 to 25 ms, until the next boot, by
    /// mounting an empty hierarchy once with that option. The mount does not stay. Harmless where the kernel does not know it.
    /// </summary>
    public static void FavorDynamicMoves(string scratchFolder)
    {
        var folder = Directory.CreateDirectory(Path.Combine(scratchFolder, "favordynmods")).FullName;
        if (Posix.mount("none", folder, "cgroup", 0, "none,name=pilotlight,favordynmods") == 0)
            _ = Posix.umount2(folder, Posix.MNT_DETACH);
        Directory.Delete(folder);
    }
}
