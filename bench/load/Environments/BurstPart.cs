using System.Diagnostics;

namespace Pilotlight.Load;

/// <summary>
/// Fifty requests at the same moment for a function that has no environment, with as many stems as are kept by default. One function echoes
/// at once, so that an environment may serve several of them; another keeps its environment for three seconds, so that each needs its own.
/// </summary>
static class BurstPart
{
    const int Requests = 50;
    const int Rounds = 5;

    static readonly TimeSpan s_held = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(List<Figure> results)
    {
        Benchmarks.BuildEchoC();
        await using var product = await Product.StartAsync();
        await MeasureAsync("Python", Benchmarks.EchoPython, "python3.11", "lambda_function.lambda_handler", TimeSpan.Zero);
        await MeasureAsync("custom runtime", Benchmarks.EchoC, "provided.al2023", "bootstrap", TimeSpan.Zero);
        await MeasureAsync(
            "Python, each its own", Path.Combine(Repository.Root, "bench", "functions", "held-python"), "python3.11", "lambda_function.lambda_handler", s_held);

        async Task MeasureAsync(string name, string folder, string runtime, string handler, TimeSpan held)
        {
            List<Burst> bursts = [];
            for (var round = 0; round < Rounds; round++)
            {
                Console.Error.WriteLine($"burst: {name}, {round + 1} of {Rounds}");
                var function = $"burst-{name.Replace(" ", "-").Replace(",", "")}-{round}";
                await product.CreateAsync(function, folder, runtime, handler, 128);
                await product.StemsReadyAsync();
                bursts.Add(await BurstAsync(product, function));
                // The next round is not to pay for the end of this one.
                using (await product.Client.LambdaAsync(HttpMethod.Delete, $"/2015-03-31/functions/{function}"))
                {
                }

                await Task.Delay(3000);
            }

            var middle = bursts.OrderBy(burst => burst.Answers.P100).ElementAt(Rounds / 2);
            results.Add(new Figure($"burst of {Requests}, {name}, all answered", (middle.Answers.P100 / 1000) - held.TotalMilliseconds, "ms", null, "<= 1500"));
            results.Add(new Figure($"burst of {Requests}, {name}, p50", (middle.Answers.P50 / 1000) - held.TotalMilliseconds, "ms", null, ""));
            results.Add(new Figure(
                $"burst of {Requests}, {name}, slowest of {Rounds} bursts", (bursts.Max(burst => burst.Answers.P100) / 1000) - held.TotalMilliseconds, "ms", null, ""));
            results.Add(new Figure($"burst of {Requests}, {name}, cold starts", middle.ColdStarts, "", null, ""));
        }
    }

    static async Task<Burst> BurstAsync(Product product, string function)
    {
        var before = await ColdStartsAsync(product);
        var request = product.SignedInvoke(function, Benchmarks.s_payload);
        using var together = new Barrier(Requests + 1);
        var samples = new double[Requests];
        var failures = new string?[Requests];
        var started = 0L;
        var threads = Enumerable.Range(0, Requests).Select(n => new Thread(() =>
        {
            using var client = new RawClient(product.Port);
            together.SignalAndWait();
            var status = client.Exchange(request, out var body);
            samples[n] = Stopwatch.GetElapsedTime(Volatile.Read(ref started)).TotalMicroseconds;
            failures[n] = status == 200 ? null : $"{status}: {body}";
        }, 256 * 1024)).ToArray();
        foreach (var thread in threads)
            thread.Start();
        // All are connected once they stand at the barrier.
        while (together.ParticipantsRemaining > 1)
            await Task.Delay(1);
        Volatile.Write(ref started, Stopwatch.GetTimestamp());
        together.SignalAndWait();
        foreach (var thread in threads)
            thread.Join();
        if (Array.Find(failures, static failure => failure is not null) is { } failed)
            throw new InvalidOperationException(failed);
        return new Burst(new Measurement(samples), await ColdStartsAsync(product) - before);
    }

    static async Task<double> ColdStartsAsync(Product product) =>
        await product.MetricAsync("pilotlight_stem_hits_total") + await product.MetricAsync("pilotlight_stem_misses_total");

    sealed record Burst(Measurement Answers, double ColdStarts);
}
