using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Load;

/// <summary>
/// Asynchronous invocation: how many events a second are accepted (202, on disk) next to as many DryRuns, which do the same but the disk;
/// how long a warm function waits for one; and what a million waiting events cost. The function sleeps, so that all of them wait.
/// </summary>
static class AsynchronousPart
{
    const int Clients = 16;
    const int Waiting = 1_000_000;

    static readonly byte[] s_payload = Encoding.UTF8.GetBytes("""{"name":"Ada","numbers":[1,2,3],"text":"The quick brown fox jumps over the lazy dog"}""");

    public static async Task AcceptAsync(List<Figure> results)
    {
        Console.Error.WriteLine("events: accepted a second");
        await using var product = await StartAsync(null);
        List<double> events = [], dry = [];
        for (var round = 0; round < 4; round++)
        {
            dry.Add(Rate(product, "DryRun", TimeSpan.FromSeconds(3)));
            events.Add(Rate(product, "Event", TimeSpan.FromSeconds(3)));
        }

        results.Add(new Figure($"events accepted (202, on disk), {Clients} clients", new Measurement(events[1..]).P50, "/s", new Measurement(dry[1..]).P50, ">= 10000"));
    }

    public static async Task MillionAsync(List<Figure> results)
    {
        Console.Error.WriteLine("events: a million waiting");
        var data = Path.Combine(Path.GetTempPath(), $"pilotlight-bench-{Guid.NewGuid():n}");
        try
        {
            double few, many;
            await using (var product = await StartAsync(data))
            {
                Rate(product, "Event", TimeSpan.FromSeconds(2));
                few = Rate(product, "Event", TimeSpan.FromSeconds(4));
                var started = Stopwatch.GetTimestamp();
                while (await WaitingAsync(product) < Waiting && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(5))
                    Rate(product, "Event", TimeSpan.FromSeconds(10));
                many = Rate(product, "Event", TimeSpan.FromSeconds(4));
                results.Add(new Figure("events waiting", await WaitingAsync(product), "", null, $">= {Waiting}"));
                results.Add(new Figure("memory of the platform with them", product.ResidentBytes / (1 << 20), "MiB", null, "<= 300"));
                results.Add(new Figure("events accepted with a million waiting", many, "/s", few, ">= 0.80 x"));
            }

            await using (var again = await StartAsync(data, create: false))
                results.Add(new Figure("up to ready with a million events waiting", again.Ready.TotalMilliseconds, "ms", null, "<= 5000"));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>One event at a time of the whole machine, so that the function that sleeps takes one environment.</summary>
    static async Task<Product> StartAsync(string? data, bool create = true)
    {
        Environment.SetEnvironmentVariable("PILOTLIGHT__Invocations__MaxConcurrentEvents", "1");
        var product = await Product.StartAsync(data);
        Environment.SetEnvironmentVariable("PILOTLIGHT__Invocations__MaxConcurrentEvents", null);
        if (create)
            await product.CreateAsync("sleeper", Path.Combine(Repository.Root, "bench", "functions", "sleeper"), "python3.11", "app.handler");
        return product;
    }

    /// <summary>Requests a second; the first of each client is signed, and sent again and again.</summary>
    static double Rate(Product product, string kind, TimeSpan duration) =>
        Measurement.Throughput(
            product.Port, product.Signed(HttpMethod.Post, "/2015-03-31/functions/sleeper/invocations", s_payload, ("X-Amz-Invocation-Type", kind)),
            Clients, duration, kind == "Event" ? 202 : 204);

    static async Task<long> WaitingAsync(Product product)
    {
        using var answer = await product.Client.SendAsync("pilotlight", HttpMethod.Get, "/_pilotlight/events/sleeper");
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("waiting").GetInt64();
    }
}
