using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pilotlight.Load;

// pilotlight bench [warm|throughput|cold|burst|density|thaw|soak [MINUTES]|startup|peer|catalogue|authorization|events|all]: a table on standard output, and JSON in artifacts/bench/.
var wanted = args.Length > 0 ? args[0] : "all";
string[] known = ["warm", "throughput", "cold", "burst", "density", "thaw", "soak", "startup", "peer", "catalogue", "authorization", "events", "events-accept", "events-million", "events-queue", "events-queue-million", "events-sources", "all"];
if (!known.Contains(wanted))
{
    Console.Error.WriteLine($"Unknown benchmark '{wanted}'. Known: {string.Join(", ", known)}");
    return 2;
}

var results = new List<Figure>();
var started = Stopwatch.GetTimestamp();
if (wanted is "startup" or "all")
    await Benchmarks.StartupAsync(results);
if (wanted is "warm" or "throughput" or "all")
    await Benchmarks.WarmAsync(results, throughput: wanted is "throughput" or "all", latency: wanted is "warm" or "all");
if (wanted is "cold" or "all")
    await Benchmarks.ColdAsync(results);
if (wanted is "burst" or "all")
    await BurstPart.RunAsync(results);
if (wanted is "density" or "all")
    await DensityPart.RunAsync(results);
if (wanted is "thaw" or "all")
    await ThawPart.RunAsync(results);
if (wanted is "catalogue" or "all")
    await CatalogueBenchmark.RunAsync(results);
if (wanted is "authorization" or "all")
    await AuthorizationBenchmark.RunAsync(results);
if (wanted is "events" or "events-accept" or "all")
    await AsynchronousPart.AcceptAsync(results);
if (wanted is "events" or "events-million" or "all")
    await AsynchronousPart.MillionAsync(results);
if (wanted is "events" or "events-queue" or "all")
    await QueuePart.ThroughputAsync(results);
if (wanted is "events" or "events-queue-million" or "all")
    await QueuePart.MillionAsync(results);
if (wanted is "events" or "events-sources" or "all")
{
    await SourcePart.ThroughputAsync(results);
    await SourcePart.LatencyAsync(results);
    await SourcePart.BucketLatencyAsync(results);
}

// Not among all: it takes twenty minutes.
var isWell = wanted != "soak"
    || await SoakPart.RunAsync(results, TimeSpan.FromMinutes(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 20));
if (wanted is "peer" or "all")
    await Benchmarks.PeerAsync(results);

Console.WriteLine();
Console.WriteLine($"{"figure",-52} {"value",12} {"floor/peer",12} {"ratio",7}  {"to reach",-14}");
foreach (var figure in results)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{figure.Name,-52} {Format(figure.Value, figure.Unit),12} {(figure.Floor is { } floor ? Format(floor, figure.Unit) : ""),12} {(figure.Ratio is { } ratio ? ratio.ToString(ratio < 0.1 ? "F4" : "F2", CultureInfo.InvariantCulture) : ""),7}  {figure.Target,-14}"));
}

var folder = Path.Combine(Repository.Root, "artifacts", "bench");
Directory.CreateDirectory(folder);
var file = Path.Combine(folder, $"{wanted}.json");
using (var stream = File.Create(file))
using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
{
    json.WriteStartArray();
    foreach (var figure in results)
    {
        json.WriteStartObject();
        json.WriteString("name", figure.Name);
        json.WriteNumber("value", Math.Round(figure.Value, 2));
        json.WriteString("unit", figure.Unit);
        if (figure.Floor is { } floor)
            json.WriteNumber("floor", Math.Round(floor, 2));
        if (figure.Ratio is { } ratio)
            json.WriteNumber("ratio", Math.Round(ratio, 3));
        json.WriteString("target", figure.Target);
        json.WriteEndObject();
    }

    json.WriteEndArray();
}

Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s; JSON in {file}");
return isWell ? 0 : 1;

static string Format(double value, string unit) =>
    string.Create(CultureInfo.InvariantCulture, $"{(value < 1000 ? Math.Round(value, 1) : Math.Round(value))} {unit}");
