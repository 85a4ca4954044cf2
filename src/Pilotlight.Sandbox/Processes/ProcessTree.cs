using System.Globalization;

namespace Pilotlight.Sandbox;

/// <summary>What a process and all its descendants use, as <c>/proc</c> tells. Processes may end while they are read: they count as nothing.</summary>
static class ProcessTree
{
    const long TicksPerSecond = 100; // USER_HZ: the same on every Linux machine that .NET runs on.

    /// <summary>The descendants of a process, without itself.</summary>
    public static IReadOnlyList<int> Descendants(int root)
    {
        var found = new List<int>();
        var rest = new Stack<int>([root]);
        while (rest.TryPop(out var pid))
        {
            foreach (var child in Children(pid))
            {
                found.Add(child);
                rest.Push(child);
            }
        }
        return found;
    }

    /// <summary>Resident bytes now, and the sum of what each process had at its most.</summary>
    public static (long Resident, long Peak) ReadMemory(IEnumerable<int> processes)
    {
        long resident = 0, peak = 0;
        foreach (var line in processes.SelectMany(pid => ReadLines($"/proc/{pid}/status")))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                resident += Kibibytes(line);
            else if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                peak += Kibibytes(line);
        }
        return (resident, peak);
    }

    public static void ResetPeaks(IEnumerable<int> processes)
    {
        foreach (var pid in processes)
        {
            try
            {
                File.WriteAllText($"/proc/{pid}/clear_refs", "5");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Ended, or a kernel without it: the peak then goes back to before.
            }
        }
    }

    /// <summary>Processor time of these processes and of those they have waited for.</summary>
    public static TimeSpan ReadCpuTime(IEnumerable<int> processes)
    {
        long ticks = 0;
        foreach (var stat in processes.SelectMany(pid => ReadLines($"/proc/{pid}/stat")))
        {
            // The name, in parentheses, may hold anything; utime, stime, cutime and cstime are fields 14 to 17.
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (var field = 11; field <= 14 && field < fields.Length; field++)
                ticks += long.Parse(fields[field], CultureInfo.InvariantCulture);
        }
        return TimeSpan.FromTicks(ticks * TimeSpan.TicksPerSecond / TicksPerSecond);
    }

    static IEnumerable<int> Children(int pid)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories($"/proc/{pid}/task");
        }
        catch (IOException)
        {
            return [];
        }
        return threads.SelectMany(thread => ReadLines(thread + "/children"))
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture))
            .ToArray();
    }

    static long Kibibytes(string line) => long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    static string[] ReadLines(string file)
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
