using System.Globalization;

namespace Pilotlight.Load;

/// <summary>What processes have used of the processors so far, by the kernel's count of every thread, in microseconds.</summary>
static class ProcessorTime
{
    public static double OfProcesses(IEnumerable<int> processes) => processes.Sum(static process => OfThreads(process).Sum(static thread => thread.Microseconds));

    /// <summary>This process but for the thread that asks.</summary>
    public static double OfOtherThreadsHere()
    {
        var own = Path.GetFileName(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName);
        return OfThreads(Environment.ProcessId).Where(thread => thread.Id != own).Sum(static thread => thread.Microseconds);
    }

    static IEnumerable<(string Id, double Microseconds)> OfThreads(int process)
    {
        foreach (var thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            double used;
            try
            {
                used = double.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1000;
            }
            catch (IOException)
            {
                // It ended meanwhile.
                continue;
            }

            yield return (Path.GetFileName(thread), used);
        }
    }
}
