using System.Text.Json;

namespace Pilotlight.Load;

/// <summary>
/// What freezing adds to a request: two platforms with the same function take turns, one of which freezes its environment before every request
/// while the other never does. Both have been idle for as long when they are asked.
/// </summary>
static class ThawPart
{
    const int Requests = 150;

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(150);

    public static async Task RunAsync(List<Figure> results)
    {
        Benchmarks.BuildEchoC();
        await using var freezing = await Product.StartAsync(null, ("Environments__FreezeAfter", "00:00:00"));
        await using var running = await Product.StartAsync(null, ("Environments__Freeze", "false"));
        // What is measured first pays for the compiling of what freezes and thaws.
        await MeasureAsync(null, Benchmarks.EchoC, "provided.al2023", "bootstrap");
        await MeasureAsync("Python", Benchmarks.EchoPython, "python3.11", "lambda_function.lambda_handler");
        await MeasureAsync("custom runtime", Benchmarks.EchoC, "provided.al2023", "bootstrap");

        async Task MeasureAsync(string? name, string folder, string runtime, string handler)
        {
            Console.Error.WriteLine($"thaw: {name ?? "warm-up"}");
            var function = $"{runtime.Replace(".", "")}{(name is null ? "-first" : "")}";
            List<(RawClient Client, byte[] Request, List<double> Samples)> sides = [];
            foreach (var product in new[] { freezing, running })
            {
                await product.CreateAsync(function, folder, runtime, handler, 1769);
                sides.Add((new RawClient(product.Port), product.SignedInvoke(function, Benchmarks.s_payload), []));
            }

            foreach (var (client, request, _) in sides)
            {
                Benchmarks.Check(client.Exchange(request, out var body), body);
                Measurement.Time(2000, () => client.Exchange(request));
            }

            for (var n = 0; n < Requests; n++)
            {
                // Each in turn is asked first.
                for (var side = 0; side < 2; side++)
                {
                    await Task.Delay(s_pause);
                    var (client, request, samples) = sides[(n + side) % 2];
                    samples.AddRange(Measurement.Time(1, () => client.Exchange(request)));
                }

                if (n == Requests / 2)
                    await CheckAsync();
            }

            foreach (var (client, _, _) in sides)
                client.Dispose();
            // What comes next shall be the only frozen environment of the machine: to freeze the first and to thaw the last costs most.
            foreach (var product in new[] { freezing, running })
                (await product.Client.LambdaAsync(HttpMethod.Delete, $"/2015-03-31/functions/{function}")).Dispose();
            if (name is null)
                return;
            var (frozen, warm) = (new Measurement(sides[0].Samples), new Measurement(sides[1].Samples));
            results.Add(new Figure($"added by freezing, {name}, p50", frozen.P50 - warm.P50, "us", null, "<= 100"));
            results.Add(new Figure($"request to a frozen environment, {name}, p50", frozen.P50, "us", warm.P50, ""));
            results.Add(new Figure($"request to a frozen environment, {name}, p99", frozen.P99, "us", warm.P99, ""));
        }

        async Task CheckAsync()
        {
            await Task.Delay(s_pause);
            if (!await IsFrozenAsync(freezing) || await IsFrozenAsync(running))
                throw new InvalidOperationException("One platform must have frozen its environments, the other not.");
        }
    }

    static async Task<bool> IsFrozenAsync(Product product)
    {
        using var http = new HttpClient();
        using var list = JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{product.Port}/_pilotlight/environments")));
        return list.RootElement.GetProperty("environments").EnumerateArray().All(environment => environment.GetProperty("state").GetString() == "Frozen");
    }
}
