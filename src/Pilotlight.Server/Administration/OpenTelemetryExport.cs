using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pilotlight.Api;
using Pilotlight.Invocations;
using Metric = Pilotlight.Api.Metric;

namespace Pilotlight.Administration;

/// <summary>
/// Tells a collector what <c>/_pilotlight/metrics</c> shows, and a span of every invocation, through the SDK of OpenTelemetry. Its standard
/// variables (<c>OTEL_EXPORTER_OTLP_HEADERS</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>, <c>OTEL_TRACES_SAMPLER</c>, ...) hold.
/// </summary>
sealed partial class OpenTelemetryExport(OpenTelemetryOptions options, Meter meter, Metrics metrics, TimeProvider time) : BackgroundService
{
    const int LongestFlushMilliseconds = 1000;

    static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_readAtMostEvery = TimeSpan.FromMilliseconds(100);

    readonly HashSet<string> _followed = new(StringComparer.Ordinal);
    readonly Lock _gate = new();
    ILookup<string, Metric> _last = Array.Empty<Metric>().ToLookup(static metric => metric.Name);
    long? _readAt;

    /// <summary>Numbers show up when there is something to count, so new names are looked for now and then.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("pilotlight", serviceVersion: Product.Version).AddEnvironmentVariableDetector();
        var meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(DurationHistogram.MeterName)
            .AddOtlpExporter((exporter, reader) =>
            {
                Point(exporter, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
            }).Build();
        var tracers = options.Traces
            ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(InvocationTrace.SourceName)
                .AddOtlpExporter(exporter => Point(exporter, "v1/traces")).Build()
            : null;
        try
        {
            using var timer = new PeriodicTimer(s_lookEvery, time);
            do
                FollowNew();
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        finally
        {
            // What is left is told, unless the collector is slow.
            meters.Shutdown(LongestFlushMilliseconds);
            tracers?.Shutdown(LongestFlushMilliseconds);
            meters.Dispose();
            tracers?.Dispose();
        }
    }

    /// <summary>Without a setting of ours the exporter's own variables say where to and how.</summary>
    void Point(OtlpExporterOptions exporter, string path)
    {
        if (options.Endpoint.Length == 0)
            return;
        var isGrpc = options.Protocol == "grpc";
        exporter.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri(isGrpc ? options.Endpoint : $"{options.Endpoint.TrimEnd('/')}/{path}");
    }

    void FollowNew()
    {
        foreach (var metric in Read().Select(static named => named.First()))
        {
            if (!_followed.Add(metric.Name))
                continue;
            var name = metric.Name;
            if (name.EndsWith("_total", StringComparison.Ordinal))
                meter.CreateObservableCounter(NameOf(name), () => Measure(name), unit: null, metric.Help);
            else
                meter.CreateObservableGauge(NameOf(name), () => Measure(name), name.EndsWith("_bytes", StringComparison.Ordinal) ? "By" : null, metric.Help);
        }
    }

    /// <summary>The names of OpenTelemetry's conventions for functions, where there are any.</summary>
    static string NameOf(string name) => name switch
    {
        "invocations_total" => "faas.invocations",
        "errors_total" => "faas.errors",
        "process_resident_memory_bytes" => "process.memory.usage",
        _ => $"pilotlight.{(name.EndsWith("_total", StringComparison.Ordinal) ? name[..^"_total".Length] : name)}",
    };

    IEnumerable<Measurement<double>> Measure(string name) => Read()[name].Select(static metric => new Measurement<double>(
        metric.Value, LabelsOf().Matches(metric.Labels).Select(static label => new KeyValuePair<string, object?>(label.Groups[1].Value, label.Groups[2].Value))));

    /// <summary>Read once for all instruments that are observed together.</summary>
    ILookup<string, Metric> Read()
    {
        lock (_gate)
        {
            if (_readAt is { } at && time.GetElapsedTime(at) < s_readAtMostEvery)
                return _last;
            (_last, _readAt) = (metrics.Read().ToLookup(static metric => metric.Name), time.GetTimestamp());
            return _last;
        }
    }

    [GeneratedRegex("""([a-z_]+)="([^"]*)"(?:,|$)""")]
    private static partial Regex LabelsOf();
}
