using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;

namespace Pilotlight.Load;

/// <summary>What operations on the catalogue cost when it holds ten thousand functions, and what so many add to a start.</summary>
static class CatalogueBenchmark
{
    const int Functions = 10_000;
    const int Samples = 500;
    const int Connections = 16;

    public static async Task RunAsync(List<Figure> results)
    {
        var data = Path.Combine(Path.GetTempPath(), $"pilotlight-bench-{Guid.NewGuid():n}");
        try
        {
            await using (var product = await Product.StartAsync(data))
            {
                await ExecutionRole.MakeAsync(product.Client, "bench");
                var empty = Measure(product, "none", () => Json(product, "POST", "/2015-03-31/functions", Body($"empty-{Guid.NewGuid():n}")), 201, 100);
                Console.Error.WriteLine($"catalogue: {Functions} functions");
                var started = Stopwatch.GetTimestamp();
                Fill(product);
                results.Add(new Figure($"{Functions} functions created, {Connections} at once", Stopwatch.GetElapsedTime(started).TotalSeconds, "s", null, ""));
                await OperationsAsync(product, results, empty.P50);
            }

            await StartAsync(data, results);
        }
        finally
        {
            if (Directory.Exists(data))
                Directory.Delete(data, true);
        }
    }

    static async Task OperationsAsync(Product product, List<Figure> results, double emptyCreate)
    {
        var next = 0;
        string One() => $"function-{Random.Shared.Next(Functions):d5}";
        Add("CreateFunction", () => Json(product, "POST", "/2015-03-31/functions", Body($"more-{next++:d5}")), 201, emptyCreate);
        Add("GetFunction", () => Json(product, "GET", $"/2015-03-31/functions/{One()}", null), 200);
        var markers = await MarkersAsync(product);
        Add("ListFunctions, a page of 50", () => Json(product, "GET", $"/2015-03-31/functions?Marker={markers[Random.Shared.Next(markers.Count)]}", null), 200);
        // Each of these wants a function that no update is still settling.
        Add("UpdateFunctionConfiguration", () => Json(product, "PUT", $"/2015-03-31/functions/function-{next++:d5}/configuration", """{"Description":"changed"}"""), 200);
        Thread.Sleep(2000);
        next = Samples;
        Add("PublishVersion", () => Json(product, "POST", $"/2015-03-31/functions/function-{next++:d5}/versions", "{}"), 201);
        next = Samples;
        Add("CreateAlias", () => Json(product, "POST", $"/2015-03-31/functions/function-{next++:d5}/aliases", """{"Name":"live","FunctionVersion":"1"}"""), 201);
        next = Samples;
        Add("UpdateAlias", () => Json(product, "PUT", $"/2015-03-31/functions/function-{next++:d5}/aliases/live", """{"Description":"d"}"""), 200);
        next = Functions - 1;
        Add("DeleteFunction", () => Json(product, "DELETE", $"/2015-03-31/functions/function-{next--:d5}", null), 204);

        void Add(string name, Func<byte[]> request, int status, double? floor = null)
        {
            var measured = Measure(product, name, request, status, Samples);
            results.Add(new Figure($"{name} among {Functions}, p50", measured.P50 / 1000, "ms", floor / 1000, "<= 2"));
            results.Add(new Figure($"{name} among {Functions}, p99", measured.P99 / 1000, "ms", null, ""));
        }
    }

    /// <summary>Starts with the functions and with none take turns, so that what else the machine does meets both.</summary>
    static async Task StartAsync(string data, List<Figure> results)
    {
        List<double> full = [], empty = [];
        for (var i = 0; i < 3; i++)
        {
            Console.Error.WriteLine("catalogue: start");
            await using (var product = await Product.StartAsync())
                empty.Add(product.Ready.TotalMicroseconds);
            await using (var product = await Product.StartAsync(data))
                full.Add(product.Ready.TotalMicroseconds);
        }

        var (with, without) = (new Measurement(full).P50 / 1000, new Measurement(empty).P50 / 1000);
        results.Add(new Figure($"up to ready with {Functions} functions, p50 of 3", with, "ms", without, ""));
        results.Add(new Figure($"what {Functions} functions add to a start", with - without, "ms", null, "<= 3000"));
    }

    static void Fill(Product product)
    {
        var next = -1;
        var threads = Enumerable.Range(0, Connections).Select(_ => new Thread(() =>
        {
            using var client = new RawClient(product.Port);
            for (var i = Interlocked.Increment(ref next); i < Functions; i = Interlocked.Increment(ref next))
                Check("fill", client.Exchange(Json(product, "POST", "/2015-03-31/functions", Body($"function-{i:d5}")), out var body), 201, body);
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
    }

    static Measurement Measure(Product product, string name, Func<byte[]> request, int status, int count)
    {
        Console.Error.WriteLine($"catalogue: {name}");
        using var client = new RawClient(product.Port);
        List<double> samples = [];
        for (var i = 0; i < count; i++)
        {
            // Signing is the client's work.
            var bytes = request();
            var started = Stopwatch.GetTimestamp();
            var answered = client.Exchange(bytes, out var body);
            samples.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            Check(name, answered, status, body);
        }

        return new Measurement(samples);
    }

    static void Check(string name, int status, int expected, string body)
    {
        if (status != expected)
            throw new InvalidOperationException($"{name}: {status} {body}");
    }

    static byte[] Json(Product product, string method, string path, string? json) => product.Signed(new HttpMethod(method), path, Encoding.UTF8.GetBytes(json ?? ""));

    /// <summary>Where each page begins, escaped: a marker is taken only from whom it was handed to.</summary>
    static async Task<List<string>> MarkersAsync(Product product)
    {
        List<string> markers = [];
        var path = "/2015-03-31/functions";
        while (true)
        {
            using var answer = await product.Client.LambdaAsync(HttpMethod.Get, path);
            using var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            if (!page.RootElement.TryGetProperty("NextMarker", out var next))
                return markers;
            markers.Add(Uri.EscapeDataString(next.GetString()!));
            path = $"/2015-03-31/functions?Marker={markers[^1]}";
        }
    }

    /// <summary>Every function has code of its own, small: the catalogue is measured, not the unpacking.</summary>
    static string Body(string name)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("app.py").Open();
            entry.Write(Encoding.UTF8.GetBytes($"# {name.GetHashCode() % 50}\ndef handler(event, context):\n    return event\n"));
        }

        return $$$"""
            {"FunctionName":"{{{name}}}","Runtime":"python3.11","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/bench","Environment":{"Variables":{"STAGE":"bench"}},
             "Tags":{"team":"bench"},"Code":{"ZipFile":{{{JsonSerializer.Serialize(Convert.ToBase64String(zip.ToArray()))}}}}}
            """;
    }
}
