using System.Globalization;
using System.Text.Json;
using Pilotlight.Functions;

namespace Pilotlight.Environments;

/// <summary>What REPORT says, in the units it says it in.</summary>
public sealed record InvocationReport
{
    public required string RequestId { get; init; }
    public required TimeSpan Duration { get; init; }

    /// <summary>Present when the invocation waited for an INIT.</summary>
    public TimeSpan? InitDuration { get; init; }

    /// <summary>Until the runtime answered; null when it did not.</summary>
    public TimeSpan? ResponseLatency { get; init; }

    /// <summary>Of an answer that came whole.</summary>
    public long? ProducedBytes { get; init; }

    public required int MemoryMegabytes { get; init; }
    public required int MaxMemoryUsedMegabytes { get; init; }

    /// <summary><c>success</c>, <c>error</c> or <c>timeout</c>.</summary>
    public string Status { get; init; } = "success";

    public string? ErrorType { get; init; }

    /// <summary>Milliseconds, rounded up; with INIT since August 2025 (spec/concurrency-billing.md 7).</summary>
    public long BilledMilliseconds =>
        Math.Max(1, (long)Math.Ceiling(Math.Round((Duration + (InitDuration ?? TimeSpan.Zero)).TotalMilliseconds, 3)));
}

/// <summary>INIT_START, START, END, REPORT and their kin, in the function's log format (spec/runtime-api.md 10 and 11).</summary>
public sealed class PlatformLines(
    EnvironmentLog log, FunctionVersion version, string runtimeVersion, TimeProvider time,
    InitializationType initialization = InitializationType.OnDemand)
{
    readonly bool _json = version.Logging.Format == "JSON";
    readonly bool _debug = version.Logging.SystemLevel == "DEBUG";
    readonly bool _info = version.Logging.SystemLevel is not "WARN";

    string RuntimeVersionArn => Runtimes.VersionArn(version.Region, version.Runtime);

    public void InitStart()
    {
        if (!_json)
            log.WritePlatform($"INIT_START Runtime Version: {runtimeVersion}\tRuntime Version ARN: {RuntimeVersionArn}\n");
        else if (_info)
            Json("platform.initStart", json =>
            {
                json.WriteString("initializationType", initialization.Text);
                json.WriteString("phase", "init");
                json.WriteString("runtimeVersion", runtimeVersion);
                json.WriteString("runtimeVersionArn", RuntimeVersionArn);
                json.WriteString("functionName", version.Name);
                json.WriteString("functionVersion", version.Version);
            });
    }

    /// <summary>An INIT on demand is spoken of only when it failed, in JSON also at the level DEBUG; one ahead of demand always is.</summary>
    public void InitReport(TimeSpan duration, string phase, string status, string? errorType)
    {
        var failed = status != "success";
        var ahead = initialization != InitializationType.OnDemand;
        var error = status == "error" && errorType is not null ? $"\tError Type: {errorType}" : "";
        if (!_json)
        {
            if (failed || ahead)
                log.WritePlatform($"INIT_REPORT Init Duration: {Milliseconds(duration)} ms\tPhase: {phase}\tStatus: {status}{error}\n");
            return;
        }

        if (failed || _debug)
            Json("platform.initRuntimeDone", WriteInit);
        if (failed || _debug || (ahead && _info))
            Json("platform.initReport", json =>
            {
                WriteInit(json);
                json.WriteStartObject("metrics");
                json.WriteNumber("durationMs", Rounded(duration));
                json.WriteEndObject();
            });

        void WriteInit(Utf8JsonWriter json)
        {
            json.WriteString("initializationType", initialization.Text);
            json.WriteString("phase", phase);
            json.WriteString("status", status);
            if (status == "error" && errorType is not null)
                json.WriteString("errorType", errorType);
        }
    }

    public void Start(string requestId)
    {
        if (!_json)
            log.WritePlatform($"START RequestId: {requestId} Version: {version.Version}\n");
        else if (_info)
            Json("platform.start", json =>
            {
                json.WriteString("requestId", requestId);
                json.WriteString("version", version.Version);
            });
    }

    public void End(InvocationReport report)
    {
        if (!_json)
        {
            log.WritePlatform($"END RequestId: {report.RequestId}\n");
            log.WritePlatform(ReportText(report));
            return;
        }

        var failed = report.Status != "success";
        if (failed || _debug)
            Json("platform.runtimeDone", json =>
            {
                json.WriteString("requestId", report.RequestId);
                json.WriteString("status", report.Status);
                if (report is { Status: "error", ErrorType: { } type })
                    json.WriteString("errorType", type);
                WriteSpans(json, report);
                json.WriteStartObject("metrics");
                json.WriteNumber("durationMs", Rounded(report.Duration));
                if (report.ProducedBytes is { } produced)
                    json.WriteNumber("producedBytes", produced);
                json.WriteEndObject();
            });
        if (failed || _info)
            Json("platform.report", json => WriteReport(json, report));
    }

    /// <summary>How long the answer took, and the runtime after it. (The duration of sending an answer is not measured.)</summary>
    void WriteSpans(Utf8JsonWriter json, InvocationReport report)
    {
        if (report.ResponseLatency is not { } latency)
            return;
        var started = time.GetUtcNow() - report.Duration;
        json.WriteStartArray("spans");
        Span("responseLatency", started, latency);
        Span("runtimeOverhead", started + latency, report.Duration - latency);
        json.WriteEndArray();

        void Span(string name, DateTimeOffset start, TimeSpan duration)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("start", Timestamp(start));
            json.WriteNumber("durationMs", Rounded(duration));
            json.WriteEndObject();
        }
    }

    static void WriteReport(Utf8JsonWriter json, InvocationReport report)
    {
        json.WriteString("requestId", report.RequestId);
        json.WriteStartObject("metrics");
        json.WriteNumber("durationMs", Rounded(report.Duration));
        json.WriteNumber("billedDurationMs", report.BilledMilliseconds);
        json.WriteNumber("memorySizeMB", report.MemoryMegabytes);
        json.WriteNumber("maxMemoryUsedMB", report.MaxMemoryUsedMegabytes);
        if (report.InitDuration is { } init)
            json.WriteNumber("initDurationMs", Rounded(init));
        json.WriteEndObject();
        json.WriteString("status", report.Status);
        if (report is { Status: "error", ErrorType: { } type })
            json.WriteString("errorType", type);
    }

    internal static string ReportText(InvocationReport report)
    {
        var init = report.InitDuration is { } duration ? $"Init Duration: {Milliseconds(duration)} ms\t" : "";
        var status = report.Status switch
        {
            "timeout" => "Status: timeout",
            "error" when report.ErrorType is { } type => $"Status: error\tError Type: {type}",
            _ => "",
        };
        return $"REPORT RequestId: {report.RequestId}\tDuration: {Milliseconds(report.Duration)} ms\t"
            + $"Billed Duration: {report.BilledMilliseconds} ms\tMemory Size: {report.MemoryMegabytes} MB\t"
            + $"Max Memory Used: {report.MaxMemoryUsedMegabytes} MB\t{init}{status}\n";
    }

    void Json(string type, Action<Utf8JsonWriter> record)
    {
        using var stream = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("time", Timestamp(time.GetUtcNow()));
            json.WriteString("type", type);
            json.WriteStartObject("record");
            record(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        log.WritePlatform(System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    static string Milliseconds(TimeSpan duration) => duration.TotalMilliseconds.ToString("F2", CultureInfo.InvariantCulture);

    static double Rounded(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 3);
}
