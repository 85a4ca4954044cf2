using System.Diagnostics;

namespace Pilotlight.Sandbox.Tests;

/// <summary>Everything on this machine that names an instance, or was made for it.</summary>
static class Traces
{
    public static IReadOnlyList<string> Of(string instance)
    {
        var traces = new List<string>();
        traces.AddRange(File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(instance, StringComparison.Ordinal)));
        foreach (var root in ControlGroupLayout.Read().Roots)
            traces.AddRange(Folders(root + "/pilotlight").Where(folder => folder.Contains(instance, StringComparison.Ordinal)));
        foreach (var place in new[] { "/sys/class/net", "/run/netns", "/run" })
            traces.AddRange(Folders(place).Where(folder => folder.Contains(instance, StringComparison.Ordinal)));
        foreach (var backing in Folders("/sys/block").Select(device => device + "/loop/backing_file").Where(File.Exists))
            traces.AddRange(Lines(backing).Where(line => line.Contains(instance, StringComparison.Ordinal)));
        traces.AddRange(FirewallTables().Where(line => line.Contains(instance, StringComparison.Ordinal)));
        return traces;
    }

    /// <summary>
    /// A loop device goes when the last mount namespace lets go of it, and a sandbox being made elsewhere holds all mounts for a
    /// moment: so this looks more than once before it says that something is left.
    /// </summary>
    public static async Task AwaitAsync(string instance, Func<IReadOnlyList<string>, bool> isEnough)
    {
        IReadOnlyList<string> traces = [];
        for (var attempt = 0; attempt < 500; attempt++)
        {
            traces = Of(instance);
            if (isEnough(traces))
                return;
            await Task.Yield();
        }
        Assert.Fail("left behind:\n" + string.Join('\n', traces));
    }

    static string[] FirewallTables()
    {
        if (OciRuntime.Find("nft") is not [var nft, ..])
            return [];
        using var list = Process.Start(new ProcessStartInfo(nft, ["list", "tables"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return list.StandardOutput.ReadToEnd().Split('\n');
    }

    /// <summary>The processes whose command line holds a word.</summary>
    public static IReadOnlyList<string> Processes(string word) =>
        [.. Folders("/proc").Where(folder => Lines(folder + "/cmdline").Any(line => line.Contains(word, StringComparison.Ordinal)))];

    static IEnumerable<string> Folders(string path) => Directory.Exists(path) ? Directory.GetDirectories(path) : [];

    static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
