using System.Diagnostics;

namespace Pilotlight.Load;

/// <summary>
/// Five hundred idle Python environments of 128 MB, each of a function of its own: what they hold of the machine's memory, beside the same
/// interpreter with the same client outside of any sandbox, measured at the same moment so that both share the same pages with as many; what
/// the platform and all of them use of the processors in a minute; and how long it took to make them.
/// </summary>
static class DensityPart
{
    const int Environments = 500;
    const int Floors = 20;
    const int Clients = 4;

    static readonly TimeSpan s_watched = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(List<Figure> results)
    {
        var state = Instance.NewStateFolder();
        // A stem would be made for every environment that takes one, and is not what is counted here.
        await using var product = await Product.StartAsync(null, ("Sandbox__StateFolder", state), ("Stems__Enabled", "false"));
        var instance = new Instance(product, state);
        Console.Error.WriteLine($"density: {Environments} functions");
        for (var n = 0; n < Environments; n++)
            await product.CreateAsync($"dense-{n}", Benchmarks.EchoPython, "python3.11", "lambda_function.lambda_handler", 128);
        var requests = Enumerable.Range(0, Environments).Select(n => product.SignedInvoke($"dense-{n}", Benchmarks.s_payload)).ToList();

        Console.Error.WriteLine($"density: {Environments} environments");
        var (available, resident) = (Instance.AvailableBytes(), product.ResidentBytes);
        var begun = Stopwatch.GetTimestamp();
        Start(product, requests);
        var made = Stopwatch.GetElapsedTime(begun);

        await using var floor = await FloorServer.StartAsync();
        var runtime = Path.Combine(Repository.Root, "artifacts", "runtimes", "python");
        List<Process> floors = [];
        try
        {
            // Until all are frozen, and the floor's have come to rest.
            await Task.Delay(3000);
            available -= Instance.AvailableBytes();
            for (var n = 0; n < Floors; n++)
                floors.Add(Benchmarks.StartOnFloor(floor.Port, "/usr/bin/python3.11", [.. PythonCommand.Flags, Path.Combine(runtime, "bootstrap.py")], Benchmarks.EchoPython, runtime));
            await Task.Delay(3000);
            var groups = instance.Groups.Select(Instance.ProcessesOf).Where(static processes => processes.Count > 0).ToList();
            if (groups.Count != Environments)
                throw new InvalidOperationException($"{groups.Count} environments are there, not {Environments}.");
            var bare = new Measurement(floors.Select(static process => (double)Instance.ProportionalBytes(process.Id))).P50 / (1 << 20);
            var held = new Measurement(groups.Select(static processes => (double)processes.Sum(Instance.ProportionalBytes))).P50 / (1 << 20);
            results.Add(new Figure("idle environment, Python, PSS of all its processes, p50", held, "MiB", bare, "<= floor + 4"));
            results.Add(new Figure("idle environment, taken of the machine's memory", (double)available / Environments / (1 << 20), "MiB", null, ""));
            results.Add(new Figure("resident memory of the platform, a environment more", (double)(product.ResidentBytes - resident) / Environments / 1024, "KiB", null, ""));
        }
        finally
        {
            foreach (var process in floors)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
                process.Dispose();
            }
        }

        results.Add(new Figure($"{Environments} environments one after another, {Clients} clients", made.TotalSeconds, "s", null, ""));
        Console.Error.WriteLine($"density: {s_watched.TotalSeconds} s of nothing");
        var before = instance.ReadCpuTime();
        await Task.Delay(s_watched);
        var used = instance.ReadCpuTime() - before;
        results.Add(new Figure($"processor, platform and {Environments} idle environments", used / s_watched * 100, "%", null, "< 1"));
        var thawed = Stopwatch.GetTimestamp();
        Start(product, requests);
        results.Add(new Figure($"all {Environments} called again, {Clients} clients", Stopwatch.GetElapsedTime(thawed).TotalMilliseconds, "ms", null, ""));
    }

    static void Start(Product product, List<byte[]> requests)
    {
        var next = -1;
        var failures = new string?[Clients];
        var threads = Enumerable.Range(0, Clients).Select(n => new Thread(() =>
        {
            using var client = new RawClient(product.Port);
            for (var mine = Interlocked.Increment(ref next); mine < requests.Count; mine = Interlocked.Increment(ref next))
            {
                if (client.Exchange(requests[mine], out var body) != 200)
                    failures[n] = body;
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        if (Array.Find(failures, static failure => failure is not null) is { } failed)
            throw new InvalidOperationException(failed);
    }
}
