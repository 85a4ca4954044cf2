using System.Globalization;

namespace Pilotlight.Load;

/// <summary>
/// What one platform has of the machine, as the kernel tells it: everything it makes bears the name of its instance. The platform must have been
/// started with a state folder of its own.
/// </summary>
sealed class Instance(Product product, string stateFolder)
{
    /// <summary>A state folder that no other platform uses, for <c>Sandbox:StateFolder</c>.</summary>
    public static string NewStateFolder() => $"/run/pilotlight-bench-{Guid.NewGuid():n}";

    public string StateFolder => stateFolder;

    public string Name { get; } = Path.GetFileName(Directory.EnumerateDirectories(stateFolder).Single());

    /// <summary>The control groups of the sandboxes, each once.</summary>
    public IReadOnlyList<string> Groups => Hierarchies("memory")
        .Where(Directory.Exists)
        .Take(1)
        .SelectMany(Directory.EnumerateDirectories)
        .ToList();

    /// <summary>The processes of all sandboxes, guests among them.</summary>
    public IReadOnlyList<int> Processes => [.. Groups.SelectMany(ProcessesOf)];

    public static IReadOnlyList<int> ProcessesOf(string group) =>
        [.. Lines(Path.Combine(group, "cgroup.procs")).Select(static line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>The part of the memory of a process that is its own, and its share of what it has together with others.</summary>
    public static long ProportionalBytes(int process) => Lines($"/proc/{process}/smaps_rollup")
        .Where(static line => line.StartsWith("Pss:", StringComparison.Ordinal))
        .Sum(static line => long.Parse(line.AsSpan(4).Trim(" kB"), CultureInfo.InvariantCulture) << 10);

    /// <summary>Processor time of the platform and of everything in its sandboxes, so far.</summary>
    public TimeSpan ReadCpuTime()
    {
        var ticks = new[] { product.ProcessId }.Concat(Processes).Sum(static process =>
        {
            // The name may have blanks and brackets in it.
            var line = Lines($"/proc/{process}/stat").FirstOrDefault() ?? "";
            var fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length < 13 ? 0 : long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        });
        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    /// <summary>What the kernel could give to others without swapping.</summary>
    public static long AvailableBytes() => Lines("/proc/meminfo")
        .Where(static line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Sum(static line => long.Parse(line.AsSpan(13).Trim(" kB"), CultureInfo.InvariantCulture) << 10);

    /// <summary>Every hierarchy of control groups, the wanted one first.</summary>
    IEnumerable<string> Hierarchies(string first) =>
        new[] { $"/sys/fs/cgroup/{first}", "/sys/fs/cgroup" }.Select(root => Path.Combine(root, "pilotlight", Name));

    /// <summary>Of a file that may be gone, as its process is.</summary>
    static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
