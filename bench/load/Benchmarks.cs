using System.Diagnostics;
using System.Text;

namespace Pilotlight.Load;

/// <summary>Every figure of SPECIFICATION.md, each measured next to what it is compared with, in rounds that take turns.</summary>
static class Benchmarks
{
    const int Rounds = 10;
    const int CallsPerRound = 1000;
    const int WarmUpCalls = 30_000;

    internal static readonly byte[] s_payload = Encoding.UTF8.GetBytes("""{"name":"Ada","numbers":[1,2,3],"text":"The quick brown fox jumps over the lazy dog"}""");

    internal static string EchoPython => Path.Combine(Repository.Root, "bench", "functions", "echo-python");

    static string EchoNode => Path.Combine(Repository.Root, "bench", "functions", "echo-node");

    internal static string EchoC => Path.Combine(Repository.Root, "artifacts", "bench", "echo-c");

    public static async Task StartupAsync(List<Figure> results)
    {
        Console.Error.WriteLine("startup: up to ready, and memory when idle");
        await using (await Product.StartAsync())
        {
            // The first start may build.
        }

        List<double> ready = [];
        double resident = 0;
        for (var i = 0; i < 5; i++)
        {
            await using var product = await Product.StartAsync();
            ready.Add(product.Ready.TotalMicroseconds);
            await Task.Delay(1500);
            resident = product.ResidentBytes;
        }

        results.Add(new Figure("up to ready, second start, p50", new Measurement(ready).P50 / 1000, "ms", null, "<= 2000"));
        results.Add(new Figure("memory of the idle platform", resident / (1 << 20), "MiB", null, "<= 120"));
    }

    public static async Task WarmAsync(List<Figure> results, bool throughput, bool latency)
    {
        BuildEchoC();
        var stateFolder = Instance.NewStateFolder();
        await using var product = await Product.StartAsync(settings: ("Sandbox__StateFolder", stateFolder));
        var instance = new Instance(product, stateFolder);
        await product.CreateAsync("echo-python", EchoPython, "python3.11", "lambda_function.lambda_handler", 1769);
        await product.CreateAsync("echo-c", EchoC, "provided.al2023", "bootstrap", 1769);
        var python = Path.Combine(Repository.Root, "artifacts", "runtimes", "python");
        await MeasureAsync("Python echo", "echo-python", "/usr/bin/python3.11", [.. PythonCommand.Flags, Path.Combine(python, "bootstrap.py")], EchoPython, python, "2.00");
        await MeasureAsync("custom-runtime echo", "echo-c", Path.Combine(EchoC, "bootstrap"), [], EchoC, EchoC, "2.50");

        async Task MeasureAsync(string name, string function, string program, string[] arguments, string code, string runtime, string target)
        {
            await using var floor = await FloorServer.StartAsync();
            List<Process> processes = [];
            try
            {
                processes.Add(StartOnFloor(floor.Port, program, arguments, code, runtime));
                var floorRequest = Encoding.ASCII.GetBytes($"POST /invoke HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {s_payload.Length}\r\n\r\n").Concat(s_payload).ToArray();
                if (latency)
                {
                    Console.Error.WriteLine($"warm: {name}");
                    using var floorClient = new RawClient(floor.Port);
                    using var productClient = new RawClient(product.Port);
                    var request = product.SignedInvoke(function, s_payload);
                    Check(productClient.Exchange(request, out var body), body);
                    // Until the compiler has made its last version of what is called: it works beside, on the same two cores.
                    Measurement.Time(WarmUpCalls, () => floorClient.Exchange(floorRequest));
                    Measurement.Time(WarmUpCalls, () => productClient.Exchange(request));
                    List<double> floorSamples = [], productSamples = [];
                    Used floorUsed = default, productUsed = default;
                    for (var round = 0; round < Rounds; round++)
                    {
                        floorUsed -= UsedOnFloor();
                        floorSamples.AddRange(Measurement.Time(CallsPerRound, () => floorClient.Exchange(floorRequest)));
                        floorUsed += UsedOnFloor();
                        productUsed -= UsedOfProduct();
                        productSamples.AddRange(Measurement.Time(CallsPerRound, () => productClient.Exchange(request)));
                        productUsed += UsedOfProduct();
                    }

                    var (f, p) = (new Measurement(floorSamples), new Measurement(productSamples));
                    results.Add(new Figure($"warm {name} through Invoke, p50", p.P50, "us", f.P50, $"<= {target} x"));
                    results.Add(new Figure($"warm {name} through Invoke, p99", p.P99, "us", f.P99, ""));
                    const double calls = Rounds * CallsPerRound;
                    results.Add(new Figure("  processor time of the platform, a call", productUsed.Server / calls, "us", floorUsed.Server / calls, ""));
                    results.Add(new Figure("  processor time of the function, a call", productUsed.Function / calls, "us", floorUsed.Function / calls, ""));
                }

                if (throughput)
                {
                    Console.Error.WriteLine($"throughput: {name}");
                    for (var i = 1; i < 32; i++)
                        processes.Add(StartOnFloor(floor.Port, program, arguments, code, runtime));
                    var request = product.SignedInvoke(function, s_payload);
                    Measurement.Throughput(floor.Port, floorRequest, 32, TimeSpan.FromSeconds(1));
                    Measurement.Throughput(product.Port, request, 32, TimeSpan.FromSeconds(4));
                    List<double> floors = [], products = [];
                    for (var round = 0; round < 3; round++)
                    {
                        floors.Add(Measurement.Throughput(floor.Port, floorRequest, 32, TimeSpan.FromSeconds(3)));
                        products.Add(Measurement.Throughput(product.Port, product.SignedInvoke(function, s_payload), 32, TimeSpan.FromSeconds(3)));
                    }

                    results.Add(new Figure($"throughput, {name}, 32 connections", new Measurement(products).P50, "/s", new Measurement(floors).P50, name.StartsWith("Python", StringComparison.Ordinal) ? ">= 0.60 x" : ""));
                }
            }
            finally
            {
                foreach (var process in processes)
                {
                    process.Kill(entireProcessTree: true);
                    await process.WaitForExitAsync();
                    process.Dispose();
                }
            }

            Used UsedOnFloor() => new(ProcessorTime.OfOtherThreadsHere(), ProcessorTime.OfProcesses(processes.Select(static process => process.Id)));

            Used UsedOfProduct() => new(ProcessorTime.OfProcesses([product.ProcessId]), ProcessorTime.OfProcesses(instance.Processes));
        }
    }

    /// <summary>Processor time in microseconds.</summary>
    readonly record struct Used(double Server, double Function)
    {
        public static Used operator +(Used a, Used b) => new(a.Server + b.Server, a.Function + b.Function);

        public static Used operator -(Used a, Used b) => new(a.Server - b.Server, a.Function - b.Function);
    }

    /// <summary>With a stem ready, as after a pause, and with none, as in the middle of a burst; the languages take turns in neither.</summary>
    public static async Task ColdAsync(List<Figure> results)
    {
        BuildEchoC();
        await ColdAsync(results, "stem ready", "true");
        await ColdAsync(results, "no stem", "false");
    }

    static async Task ColdAsync(List<Figure> results, string kind, string stems)
    {
        await using var product = await Product.StartAsync(settings: ("Stems__Enabled", stems));
        var ready = stems == "true";
        await ColdOfAsync("Python", EchoPython, "python3.11", "lambda_function.lambda_handler", ready ? "<= 15" : "<= 60");
        await ColdOfAsync("custom runtime", EchoC, "provided.al2023", "bootstrap", ready ? "<= 15" : "");
        foreach (var (name, sample, runtime, handler, target) in new[]
        {
            ("Node.js", "hello-node", "nodejs20.x", "index.handler", "<= 15"),
            ("Ruby", "hello-ruby", "ruby3.2", "lambda_function.lambda_handler", ""),
            ("Java", "hello-java", "java17", "example.Hello::handle", "<= 60"),
            (".NET", "hello-dotnet", "dotnet8", "Hello::Hello.Function::Handle", "<= 60"),
        })
        {
            if (Build(sample) is { } folder)
                await ColdOfAsync(name, folder, runtime, handler, ready ? target : "");
        }

        async Task ColdOfAsync(string name, string folder, string runtime, string handler, string target)
        {
            Console.Error.WriteLine($"cold, {kind}: {name}");
            List<double> samples = [], floors = [];
            // What is promised at the 99th percentile takes more to show.
            var count = ready && runtime is ("python3.11" or "nodejs20.x") ? 100 : 20;
            for (var i = 0; i < count; i++)
            {
                if (!ready)
                    floors.Add(await FloorOfAsync(folder, runtime, handler));
                var function = $"cold-{runtime.Replace(".", "")}-{i}";
                await product.CreateAsync(function, folder, runtime, handler, 512);
                if (ready)
                    await product.StemsReadyAsync();
                using var client = new RawClient(product.Port);
                var request = product.SignedInvoke(function, s_payload);
                samples.AddRange(Measurement.Time(1, () => Check(client.Exchange(request, out var body), body)));
            }

            var measured = new Measurement(samples);
            double? floor = floors.Count > 0 ? new Measurement(floors).P50 / 1000 : null;
            results.Add(new Figure($"cold start, {kind}, {name}, p50", measured.P50 / 1000, "ms", floor, target));
            results.Add(count > 20
                ? new Figure($"cold start, {kind}, {name}, p99 of {count}", measured.P99 / 1000, "ms", null, "<= 40")
                : new Figure($"cold start, {kind}, {name}, worst of {count}", samples.Max() / 1000, "ms", null, ""));
            results.Add(new Figure($"cold start, {kind}, {name}, first", samples[0] / 1000, "ms", null, ""));
        }
    }

    public static async Task PeerAsync(List<Figure> results)
    {
        await using var product = await Product.StartAsync();
        await product.CreateAsync("echo-python", EchoPython, "python3.11", "lambda_function.lambda_handler", 1769);
        await product.CreateAsync("echo-node", EchoNode, "nodejs20.x", "index.handler", 1769);
        await using (var offline = await ServerlessOffline.TryStartAsync())
        {
            if (offline is not null)
            {
                var path = $"/2015-03-31/functions/{ServerlessOffline.Function}/invocations";
                TakeTurns(results, product, "echo-python", "warm Python echo against serverless-offline", offline.Port, PlainPost(path), 40);
            }
        }

        if (!await Workerd.IsHereAsync())
            return;
        await using (var workerd = Workerd.Start())
            TakeTurns(results, product, "echo-node", "warm Node.js echo against workerd", workerd.Port, PlainPost("/"), 400);
        Console.Error.WriteLine("peer: cold starts beside workerd");
        List<double> ours = [], theirs = [];
        for (var i = 0; i < 15; i++)
        {
            await product.CreateAsync($"peer-{i}", EchoNode, "nodejs20.x", "index.handler", 512);
            await product.StemsReadyAsync();
            var request = product.SignedInvoke($"peer-{i}", s_payload);
            using (var client = new RawClient(product.Port))
                ours.AddRange(Measurement.Time(1, () => Check(client.Exchange(request, out var body), body)));
            var begun = Stopwatch.GetTimestamp();
            await using var workerd = Workerd.Start();
            using var first = new RawClient(workerd.Port);
            Check(first.Exchange(PlainPost("/"), out var answer), answer);
            theirs.Add(Stopwatch.GetElapsedTime(begun).TotalMicroseconds);
        }

        results.Add(new Figure("cold start, Node.js, beside a start of workerd, p50", new Measurement(ours).P50 / 1000, "ms", new Measurement(theirs).P50 / 1000, ""));
    }

    static byte[] PlainPost(string path) => [
        .. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {s_payload.Length}\r\n\r\n"),
        .. s_payload];

    static void TakeTurns(List<Figure> results, Product product, string function, string name, int peerPort, byte[] peerRequest, int peerCalls)
    {
        Console.Error.WriteLine($"peer: {name}");
        using var peerClient = new RawClient(peerPort);
        using var productClient = new RawClient(product.Port);
        var request = product.SignedInvoke(function, s_payload);
        Check(peerClient.Exchange(peerRequest, out var body), body);
        Check(productClient.Exchange(request, out body), body);
        Measurement.Time(peerCalls / 2, () => peerClient.Exchange(peerRequest));
        Measurement.Time(1000, () => productClient.Exchange(request));
        List<double> peerSamples = [], productSamples = [];
        for (var round = 0; round < 5; round++)
        {
            peerSamples.AddRange(Measurement.Time(peerCalls, () => peerClient.Exchange(peerRequest)));
            productSamples.AddRange(Measurement.Time(400, () => productClient.Exchange(request)));
        }

        results.Add(new Figure($"{name}, p50", new Measurement(productSamples).P50, "us", new Measurement(peerSamples).P50, ""));
    }

    /// <summary>The folder of a sample as it is deployed; null, with the reason printed, where it cannot be built.</summary>
    static string? Build(string sample)
    {
        var source = Path.Combine(Repository.Root, "samples", sample);
        var script = Path.Combine(source, "build");
        if (!File.Exists(script))
            return source;
        var folder = Path.Combine(Repository.Root, "artifacts", "bench", sample);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        using var build = Process.Start(new ProcessStartInfo(script, [folder]) { RedirectStandardError = true })!;
        var said = build.StandardError.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode == 0)
            return folder;
        Console.Error.WriteLine($"cold: {sample} is left out: {said.Trim()}");
        return null;
    }

    internal static void Check(int status, string body)
    {
        if (status != 200)
            throw new InvalidOperationException($"{status}: {body}");
    }

    /// <summary>The same client and function without a platform: from the start of its process to its first answer.</summary>
    static async Task<double> FloorOfAsync(string code, string runtime, string handler)
    {
        var language = runtime.TrimEnd('.', 'x', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        var client = Path.Combine(Repository.Root, "artifacts", "runtimes", language);
        var (program, arguments) = language switch
        {
            "python" => ("/usr/bin/python3.11", [.. PythonCommand.Flags, Path.Combine(client, "bootstrap.py")]),
            "nodejs" => ("/usr/bin/node", [Path.Combine(client, "index.cjs")]),
            "ruby" => ("/usr/bin/ruby", ["--disable-gems", Path.Combine(client, "bootstrap.rb")]),
            "java" or "dotnet" => (Path.Combine(client, "bootstrap"), Array.Empty<string>()),
            _ => (Path.Combine(code, "bootstrap"), Array.Empty<string>()),
        };
        await using var floor = await FloorServer.StartAsync();
        using var caller = new RawClient(floor.Port);
        var request = Encoding.ASCII.GetBytes($"POST /invoke HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {s_payload.Length}\r\n\r\n").Concat(s_payload).ToArray();
        var started = Stopwatch.GetTimestamp();
        using var process = StartOnFloor(floor.Port, program, arguments, code, client, handler, runtime);
        Check(caller.Exchange(request, out var body), body);
        var taken = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        return taken;
    }

    internal static Process StartOnFloor(
        int port, string program, string[] arguments, string code, string runtime, string handler = "lambda_function.lambda_handler", string identifier = "python3.11")
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = code, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["AWS_LAMBDA_RUNTIME_API"] = $"127.0.0.1:{port}",
            ["_HANDLER"] = handler,
            ["AWS_EXECUTION_ENV"] = $"AWS_Lambda_{identifier}",
            ["LAMBDA_TASK_ROOT"] = code,
            ["LAMBDA_RUNTIME_DIR"] = runtime,
            ["AWS_LAMBDA_FUNCTION_NAME"] = "echo",
            ["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST",
            ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "1769",
            ["AWS_REGION"] = "us-east-1",
            ["PATH"] = "/usr/bin:/bin",
            ["LANG"] = "C.UTF-8",
            ["PYTHONPATH"] = runtime,
        })
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static void BuildEchoC()
    {
        Directory.CreateDirectory(EchoC);
        using var gcc = Process.Start("gcc", ["-O2", "-static", "-o", Path.Combine(EchoC, "bootstrap"), Path.Combine(Repository.Root, "bench", "functions", "echo-c", "bootstrap.c")]);
        gcc.WaitForExit();
        if (gcc.ExitCode != 0)
            throw new InvalidOperationException("gcc could not build the echo bootstrap (apt-get install gcc libc6-dev).");
    }
}

/// <summary>The flags the platform starts Python with.</summary>
static class PythonCommand
{
    public static string[] Flags { get; } = ["-S", "-B", "-X", "utf8"];
}
