using System.Diagnostics;

namespace Pilotlight.Load;

/// <summary>Sorted samples in microseconds.</summary>
sealed class Measurement(IEnumerable<double> microseconds)
{
    readonly double[] _sorted = [.. microseconds.Order()];

    public double P50 => At(0.50);

    public double P99 => At(0.99);

    public double P100 => _sorted.Length == 0 ? double.NaN : _sorted[^1];

    public int Count => _sorted.Length;

    /// <summary>By nearest rank: the least sample that so great a share of all does not exceed.</summary>
    double At(double share) => _sorted.Length == 0 ? double.NaN : _sorted[Math.Max(0, (int)Math.Ceiling(_sorted.Length * share) - 1)];

    /// <summary>Times <paramref name="action"/> one call at a time.</summary>
    public static List<double> Time(int count, Action action)
    {
        var samples = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            action();
            samples.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        return samples;
    }

    /// <summary>Calls a second over several connections at once.</summary>
    public static double Throughput(int port, byte[] request, int connections, TimeSpan duration, int wanted = 200)
    {
        long done = 0;
        var started = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, connections).Select(_ => new Thread(() =>
        {
            using var client = new RawClient(port);
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                if (client.Exchange(request) == wanted)
                    Interlocked.Increment(ref done);
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return done / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
