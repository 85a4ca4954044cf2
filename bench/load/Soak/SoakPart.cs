using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pilotlight.Load;

/// <summary>
/// Mixed functions for many minutes: errors, timeouts, exits, memory and disk filled, floods of logs, bursts, updates, versions and aliases,
/// provisioned concurrency, accepted events, queues, deletions. What the platform holds of the machine when all functions are deleted is
/// compared with what it held after the first round of the same; more of anything is a leak, and ends the benchmark with 1.
/// </summary>
static class SoakPart
{
    static readonly TimeSpan s_longestSettling = TimeSpan.FromSeconds(90);

    /// <summary>Whether nothing leaked and nothing was answered that must not be.</summary>
    public static async Task<bool> RunAsync(List<Figure> results, TimeSpan length)
    {
        Benchmarks.BuildEchoC();
        var (state, data) = (Instance.NewStateFolder(), Path.Combine(Path.GetTempPath(), $"pilotlight-soak-{Guid.NewGuid():n}"));
        try
        {
            await using var product = await Product.StartAsync(
                data, ("Sandbox__StateFolder", state), ("Environments__KeepWarm", "00:00:10"), ("Stems__Keep", "00:00:05"));
            await product.AllowQueuesAsync();
            return await RunAsync(results, product, new Instance(product, state), data, length);
        }
        finally
        {
            if (Directory.Exists(data))
                Directory.Delete(data, recursive: true);
        }
    }

    static async Task<bool> RunAsync(List<Figure> results, Product product, Instance instance, string data, TimeSpan length)
    {
        var answers = new ConcurrentDictionary<string, long>();
        var unexpected = new ConcurrentQueue<string>();
        Console.Error.WriteLine("soak: the first round");
        await WorkAsync(product, answers, unexpected, Shorter(length / 5, TimeSpan.FromMinutes(3)), 0);
        var (before, memoryBefore) = await SettleAsync(product, instance, data);
        Console.Error.WriteLine($"soak: {before}; {memoryBefore >> 20} MiB");
        answers.Clear();
        Console.Error.WriteLine($"soak: {length.TotalMinutes} minutes");
        await WorkAsync(product, answers, unexpected, length, 1);
        var (after, memoryAfter) = await SettleAsync(product, instance, data, before);
        Console.Error.WriteLine($"soak: {after}; {memoryAfter >> 20} MiB");
        foreach (var answer in answers.OrderBy(static answer => answer.Key, StringComparer.Ordinal))
            Console.Error.WriteLine($"soak: {answer.Value,8} {answer.Key}");
        List<string> leaks = [.. after.MoreThan(before)];
        if (memoryAfter > memoryBefore * 1.25 + (24 << 20))
            leaks.Add($"resident memory: {memoryBefore >> 20} MiB before, {memoryAfter >> 20} MiB now");
        foreach (var leak in leaks)
            Console.Error.WriteLine($"soak: LEAK of {leak}");
        foreach (var answer in unexpected.Take(20))
            Console.Error.WriteLine($"soak: UNEXPECTED {answer}");
        results.Add(new Figure($"soak of {length.TotalMinutes:0.#} minutes, requests", answers.Values.Sum(), "", null, ""));
        results.Add(new Figure("soak, answers that must not be", unexpected.Count, "", null, "0"));
        results.Add(new Figure("soak, kinds of things that leaked", leaks.Count, "", null, "0"));
        results.Add(new Figure("soak, resident memory at the end, beside the first round's", memoryAfter >> 20, "MiB", memoryBefore >> 20, ""));
        return leaks.Count == 0 && unexpected.IsEmpty;
    }

    static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    static async Task WorkAsync(Product product, ConcurrentDictionary<string, long> answers, ConcurrentQueue<string> unexpected, TimeSpan length, int round)
    {
        var begun = Stopwatch.GetTimestamp();
        var kinds = new Func<SoakWorker, Task>[]
        {
            static worker => worker.CallAsync("python"), static worker => worker.CallAsync("node"), static worker => worker.CallAsync("custom"),
            static worker => worker.BurstAsync(), static worker => worker.ChangeAsync(), static worker => worker.AcceptAsync(), static worker => worker.PollAsync(),
            static worker => worker.ProvisionAsync(),
        };
        await Task.WhenAll(kinds.Select((kind, n) => Task.Run(async () =>
        {
            for (var turn = 0; Stopwatch.GetElapsedTime(begun) < length; turn++)
            {
                var worker = new SoakWorker(product, $"soak-{round}-{n}-{turn}", new Random((round * 1000) + (n * 100) + turn), answers, unexpected);
                try
                {
                    await kind(worker);
                }
                catch (Exception failure)
                {
                    unexpected.Enqueue($"{worker.Name}: {failure.GetType().Name}: {failure.Message}");
                }
                finally
                {
                    await worker.DeleteAsync();
                }
            }
        })));
    }

    /// <summary>Waits until no more is held than before, or for a while; and until the collector had its chances.</summary>
    static async Task<(Holdings Holdings, long ResidentBytes)> SettleAsync(Product product, Instance instance, string data, Holdings? before = null)
    {
        var begun = Stopwatch.GetTimestamp();
        // Environments and stems are kept for seconds, connections of clients for a minute.
        await Task.Delay(TimeSpan.FromSeconds(20));
        var holdings = Holdings.Of(product, instance, data);
        while (Stopwatch.GetElapsedTime(begun) < s_longestSettling
            && (holdings.Counts["processes in sandboxes"] > 0 || holdings.Counts["control groups"] > 0 || before is not null && holdings.MoreThan(before).Any()))
        {
            await Task.Delay(2000);
            holdings = Holdings.Of(product, instance, data);
        }

        var resident = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            resident = Math.Min(resident, product.ResidentBytes);
            await Task.Delay(1000);
        }

        return (holdings, resident);
    }
}
