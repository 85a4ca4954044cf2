using System.Globalization;

namespace Pilotlight.Load;

/// <summary>What a platform holds of the machine at one moment, by kind. Everything it makes bears its instance's name.</summary>
sealed record Holdings(IReadOnlyDictionary<string, long> Counts)
{
    public static Holdings Of(Product product, Instance instance, string data)
    {
        var process = product.ProcessId;
        var descriptors = Names($"/proc/{process}/fd").Select(LinkOf).ToList();
        return new Holdings(new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["processes in sandboxes"] = instance.Processes.Count,
            ["child processes of the server"] = Names($"/proc/{process}/task").Sum(ChildrenOf),
            ["control groups"] = Names("/sys/fs/cgroup").Prepend("/sys/fs/cgroup").Sum(root => FoldersIn(Path.Combine(root, "pilotlight", instance.Name))),
            ["mounts"] = File.ReadLines("/proc/self/mountinfo").Count(line => line.Contains(instance.Name, StringComparison.Ordinal)),
            ["mounts in the launching namespace"] = LaunchMounts(process, instance.Name),
            ["network links"] = Names("/sys/class/net").Count(link => link.Contains(instance.Name, StringComparison.Ordinal)),
            ["loop devices"] = Directory.EnumerateDirectories("/sys/block", "loop*").Count(loop => IsBackedBy(loop, data)),
            ["network namespaces"] = File.ReadLines("/proc/self/mountinfo").Count(line => line.Contains("nsfs", StringComparison.Ordinal) && line.Contains(instance.Name, StringComparison.Ordinal)),
            ["files of sandboxes"] = CountBelow(Path.Combine(data, "sandboxes")),
            ["state files"] = CountBelow(instance.StateFolder),
            ["unpacked packages"] = FoldersIn(Path.Combine(data, "code")),
            ["sockets"] = descriptors.Count(static name => name.StartsWith("socket:", StringComparison.Ordinal)),
            ["pipes"] = descriptors.Count(static name => name.StartsWith("pipe:", StringComparison.Ordinal)),
            ["other descriptors"] = descriptors.Count(static name => !name.StartsWith("socket:", StringComparison.Ordinal) && !name.StartsWith("pipe:", StringComparison.Ordinal)),
            ["threads"] = Names($"/proc/{process}/task").Count(),
        });
    }

    /// <summary>Kinds of which there is more than before, beyond what a pool or a cache may have grown by.</summary>
    public IEnumerable<string> MoreThan(Holdings before)
    {
        foreach (var (kind, count) in Counts)
        {
            var slack = kind switch
            {
                "sockets" or "threads" or "other descriptors" => 12,
                _ => 0,
            };
            if (count > before.Counts[kind] + slack)
                yield return string.Create(CultureInfo.InvariantCulture, $"{kind}: {before.Counts[kind]} before, {count} now");
        }
    }

    public override string ToString() => string.Join(", ", Counts.Select(static count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value}")));

    /// <summary>The sandboxes' root file systems are mounted where only one thread of the server sees them.</summary>
    static long LaunchMounts(int process, string instance) => Names($"/proc/{process}/task")
        .Where(task => LinkOf($"{task}/ns/mnt") is { Length: > 0 } own && own != LinkOf($"/proc/{process}/ns/mnt"))
        .Sum(task => Lines($"{task}/mountinfo").Count(line => line.Contains(instance, StringComparison.Ordinal)));

    static long ChildrenOf(string task) => Lines($"{task}/children").Sum(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);

    static bool IsBackedBy(string loop, string data) => Lines(Path.Combine(loop, "loop", "backing_file")).Any(file => file.StartsWith(data, StringComparison.Ordinal));

    static long FoldersIn(string folder) => Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Count() : 0;

    static long CountBelow(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.ReparsePoint }).Count()
        : 0;

    static IEnumerable<string> Names(string folder) => Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder) : [];

    static string LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

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
