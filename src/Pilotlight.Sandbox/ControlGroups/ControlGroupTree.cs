using System.Globalization;

namespace Pilotlight.Sandbox;

/// <summary>
/// All control groups of one instance, in every hierarchy: <c>/pilotlight/INSTANCE/SANDBOX</c>. The name alone is enough to find
/// and clear what an instance left that is dead.
/// </summary>
sealed class ControlGroupTree(ControlGroupLayout layout, string instance, TimeProvider time)
{
    const string Root = "/pilotlight";

    /// <summary>No name of a sandbox: see <see cref="SandboxName"/>.</summary>
    const string HeldFreezer = "_held";

    public string PathOf(string id) => $"{Root}/{instance}/{id}";

    /// <summary>Makes a group that can freeze, for processes that no OCI runtime starts, and moves a process into it. False: not here.</summary>
    public bool TryAdopt(string id, int pid) =>
        layout.FreezerRoot is { } root && TryMake(root + PathOf(id), "cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Keeps an empty group of the instance frozen until <see cref="ClearAsync"/>. The kernel has a switch in its own code that is off while no
    /// version 1 freezer is frozen; without this, each freezing of the first sandbox, and each thawing of the last, would throw it, which stops
    /// every processor: 160 us instead of 35. Version 2 has no such switch.
    /// </summary>
    public void HoldFreezer()
    {
        // Where it fails freezing is slower, no more.
        if (!layout.IsUnified && layout.FreezerRoot is { } root)
            TryMake(root + PathOf(HeldFreezer), "freezer.state", "FROZEN");
    }

    /// <summary>Kills whatever is still in the group, in a freezer or not, and removes it from every hierarchy.</summary>
    public async Task RemoveAsync(string id)
    {
        // A process leaves its group a moment after its end is reported, so the first try may come too early.
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var isGone = true;
            foreach (var root in layout.Roots)
                isGone &= RemoveOnce(root + PathOf(id));
            if (isGone)
                return;
            Kill(id);
            await Task.Delay(TimeSpan.FromMilliseconds(attempt < 20 ? 1 : 10), time);
        }
    }

    /// <summary>Kills everything in the group. Those in a version 1 freezer have to be thawed to die.</summary>
    public void Kill(string id)
    {
        if (layout.FreezerRoot is not { } root)
            return;
        var folder = root + PathOf(id);
        if (layout.IsUnified && TryWrite(folder + "/cgroup.kill", "1"))
            return;
        TryWrite(folder + (layout.IsUnified ? "/cgroup.freeze" : "/freezer.state"), layout.IsUnified ? "0" : "THAWED");
        foreach (var pid in ReadProcesses(folder))
            _ = Posix.kill(pid, Posix.SIGKILL);
    }

    public IEnumerable<string> Sandboxes() => layout.Roots
        .Select(root => $"{root}{Root}/{instance}")
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.GetDirectories(folder))
        .Select(folder => Path.GetFileName(folder)!)
        .Distinct();

    /// <summary>Kills and removes all groups of the instance, and the instance's own.</summary>
    public async Task ClearAsync()
    {
        var sandboxes = Sandboxes().ToArray();
        foreach (var id in sandboxes)
            Kill(id);
        await Task.WhenAll(sandboxes.Select(RemoveAsync));
        foreach (var root in layout.Roots)
        {
            _ = Posix.rmdir($"{root}{Root}/{instance}");
            _ = Posix.rmdir(root + Root); // Fails while other instances have groups there.
        }
    }

    /// <summary>Makes a group and writes one of its files; leaves nothing when that cannot be done.</summary>
    static bool TryMake(string folder, string file, string text)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText($"{folder}/{file}", text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            RemoveOnce(folder);
            return false;
        }
    }

    /// <summary>Removes a group with those that an OCI runtime may have made inside it. True when it is gone.</summary>
    static bool RemoveOnce(string folder)
    {
        if (Posix.rmdir(folder) == 0 || !Directory.Exists(folder))
            return true;
        foreach (var inner in Directory.GetDirectories(folder))
            RemoveOnce(inner);
        return Posix.rmdir(folder) == 0 || !Directory.Exists(folder);
    }

    static IEnumerable<int> ReadProcesses(string folder)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(folder + "/cgroup.procs");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }
        foreach (var line in lines)
        {
            if (int.TryParse(line, CultureInfo.InvariantCulture, out var pid) && pid > 1)
                yield return pid;
        }
    }

    static bool TryWrite(string file, string text)
    {
        try
        {
            File.WriteAllText(file, text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
