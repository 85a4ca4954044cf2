using System.Globalization;
using System.Text.Json;
using Pilotlight.Functions;
using Pilotlight.RuntimeApi;

namespace Pilotlight.Environments;

/// <summary>What REPORT says, in the units it says it in.</summary>
public sealed record InvocationReport
{
    public required string RequestId { get; init; }
    public required TimeSpan Duration { get; init; }

    /// <summary>Present when the invocation waited for an INIT.</summary>
    public TimeSpan? InitDuration { get; init; }

    /// <summary>How long extensions worked on when the runtime was ready; null where there are none.</summary>
    public TimeSpan? ExtensionOverhead { get; init; }

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

/// <summary>
/// INIT_START, START, END, REPORT and their kin: in the function's log format (spec/runtime-api.md 10 and 11), and where there are
/// extensions also as the events of the Telemetry API, all of them whatever the log level (section 4).
/// </summary>
public sealed class PlatformLines(
    EnvironmentLog log, FunctionVersion version, string runtimeVersion, TimeProvider time,
    InitializationType initialization = InitializationType.OnDemand)
{
    readonly bool _json = version.Logging.Format == "JSON";
    readonly bool _debug = version.Logging.SystemLevel == "DEBUG";
    readonly bool _info = version.Logging.SystemLevel is not "WARN";
    DateTimeOffset? _initStarted;

    string RuntimeVersionArn => Runtimes.VersionArn(version.Region, version.Runtime);

    public void InitStart()
    {
        _initStarted = time.GetUtcNow();
        if (!_json)
            log.WritePlatform($"INIT_START Runtime Version: {runtimeVersion}\tRuntime Version ARN: {RuntimeVersionArn}\n");
        Emit("platform.initStart", _info, json => WriteInitStart(json, "init"));
    }

    /// <summary>The start of an INIT for telemetry alone: of one whose extensions were not there yet, or that is run again.</summary>
    public void TellInitStart(string phase)
    {
        if (log.Telemetry is { } telemetry)
            telemetry.WritePlatform("platform.initStart", Envelope(_initStarted ?? time.GetUtcNow(), "platform.initStart", json => WriteInitStart(json, phase)));
    }

    void WriteInitStart(Utf8JsonWriter json, string phase)
    {
        json.WriteString("initializationType", initialization.Text);
        json.WriteString("phase", phase);
        json.WriteString("runtimeVersion", runtimeVersion);
        json.WriteString("runtimeVersionArn", RuntimeVersionArn);
        json.WriteString("functionName", version.Name);
        json.WriteString("functionVersion", version.Version);
    }

    /// <summary>The runtime's part of an INIT is over, well or not.</summary>
    public void InitRuntimeDone(string phase, string status, string? errorType) =>
        Emit("platform.initRuntimeDone", status != "success" || _debug, json => WriteInit(json, phase, status, errorType));

    /// <summary>An INIT on demand is spoken of only when it failed, in JSON also at the level DEBUG; one ahead of demand always is.</summary>
    public void InitReport(TimeSpan duration, string phase, string status, string? errorType)
    {
        var failed = status != "success";
        var ahead = initialization != InitializationType.OnDemand;
        var error = status == "error" && errorType is not null ? $"\tError Type: {errorType}" : "";
        if (!_json && (failed || ahead))
            log.WritePlatform($"INIT_REPORT Init Duration: {Milliseconds(duration)} ms\tPhase: {phase}\tStatus: {status}{error}\n");
        Emit("platform.initReport", failed || _debug || (ahead && _info), json => WriteInitReport(json, duration, phase, status, errorType));
    }

    /// <summary>The report of an INIT for telemetry alone, while the extensions are there to get it.</summary>
    public void TellInitReport(TimeSpan duration, string phase, string status, string? errorType)
    {
        if (log.Telemetry is { } telemetry)
            telemetry.WritePlatform("platform.initReport",
                Envelope(time.GetUtcNow(), "platform.initReport", json => WriteInitReport(json, duration, phase, status, errorType)));
    }

    void WriteInitReport(Utf8JsonWriter json, TimeSpan duration, string phase, string status, string? errorType)
    {
        WriteInit(json, phase, status, errorType);
        json.WriteStartObject("metrics");
        json.WriteNumber("durationMs", Rounded(duration));
        json.WriteEndObject();
    }

    void WriteInit(Utf8JsonWriter json, string phase, string status, string? errorType)
    {
        json.WriteString("initializationType", initialization.Text);
        json.WriteString("phase", phase);
        json.WriteString("status", status);
        if (status == "error" && errorType is not null)
            json.WriteString("errorType", errorType);
    }

    /// <summary>What became of an extension in INIT.</summary>
    public void Extension(Extension extension)
    {
        var error = extension.ErrorType is { } type ? $"\tError Type: {type}" : "";
        if (!_json)
            log.WritePlatform($"EXTENSION\tName: {extension.Name}\tState: {extension.State}\tEvents: [{string.Join(", ", extension.Events)}]{error}\n");
        Emit("platform.extension", _info || extension.ErrorType is not null, json =>
        {
            json.WriteString("name", extension.Name);
            json.WriteString("state", extension.State.ToString());
            WriteList(json, "events", extension.Events);
            if (extension.ErrorType is { } type)
                json.WriteString("errorType", type);
        });
    }

    public void Subscription(SubscriptionTaken taken)
    {
        if (!_json)
            log.WritePlatform($"{(taken.Api == TelemetryApi.Logs ? "LOGS" : "TELEMETRY")}\tName: {taken.Extension}\tState: {taken.State}\t"
                + $"Types: [{string.Join(", ", taken.Types.Select(static type => char.ToUpperInvariant(type[0]) + type[1..]))}]\n");
        Emit(taken.Api == TelemetryApi.Logs ? "platform.logsSubscription" : "platform.telemetrySubscription", _info, json =>
        {
            json.WriteString("name", taken.Extension);
            json.WriteString("state", taken.State);
            WriteList(json, "types", taken.Types);
        });
    }

    static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    public void Start(string requestId)
    {
        if (!_json)
            log.WritePlatform($"START RequestId: {requestId} Version: {version.Version}\n");
        if (IsTold(_info))
            EmitStart(requestId);
    }

    void EmitStart(string requestId) => Emit("platform.start", _info, json =>
    {
        json.WriteString("requestId", requestId);
        json.WriteString("version", version.Version);
    });

    /// <summary>The runtime is done with an invocation, well or not; extensions may still be at work.</summary>
    public void RuntimeDone(InvocationReport report)
    {
        if (IsTold(report.Status != "success" || _debug))
            EmitRuntimeDone(report);
    }

    void EmitRuntimeDone(InvocationReport report) => Emit("platform.runtimeDone", report.Status != "success" || _debug, json =>
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

    public void End(InvocationReport report)
    {
        if (!_json)
            log.WritePlatform($"END RequestId: {report.RequestId}\n");
        if (!_json)
            log.WritePlatform(ReportText(report));
        if (IsTold(report.Status != "success" || _info))
            EmitEnd(report);
    }

    void EmitEnd(InvocationReport report)
    {
        if (log.Telemetry is { } telemetry)
            telemetry.WritePlatform("platform.end", Envelope(time.GetUtcNow(), "platform.end", json => json.WriteString("requestId", report.RequestId)));
        Emit("platform.report", report.Status != "success" || _info, json => WriteReport(json, report));
    }

    /// <summary>How long the answer took, and the runtime after it. (The duration of sending an answer is not measured.)</summary>
    void WriteSpans(Utf8JsonWriter json, InvocationReport report)
    {
        if (report.ResponseLatency is not { } latency)
            return;
        var started = time.GetUtcNow() - report.Duration;
        json.WriteStartArray("spans");
        WriteSpan(json, "responseLatency", started, latency);
        WriteSpan(json, "runtimeOverhead", started + latency, report.Duration - latency);
        json.WriteEndArray();
    }

    static void WriteSpan(Utf8JsonWriter json, string name, DateTimeOffset start, TimeSpan duration)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("start", Timestamp(start));
        json.WriteNumber("durationMs", Rounded(duration));
        json.WriteEndObject();
    }

    void WriteReport(Utf8JsonWriter json, InvocationReport report)
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
        if (report.ExtensionOverhead is not { } overhead)
            return;
        json.WriteStartArray("spans");
        WriteSpan(json, "extensionOverhead", time.GetUtcNow() - overhead, overhead);
        json.WriteEndArray();
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

    /// <summary>Asked before anything is made for <see cref="Emit"/>: most invocations need none of it.</summary>
    bool IsTold(bool isLogged) => (_json && isLogged) || log.Telemetry is not null;

    /// <param name="isLogged">Whether it is a line of the log too, where that is JSON.</param>
    void Emit(string type, bool isLogged, Action<Utf8JsonWriter> record)
    {
        isLogged &= _json;
        var telemetry = log.Telemetry;
        if (!isLogged && telemetry is null)
            return;
        var envelope = Envelope(time.GetUtcNow(), type, record);
        telemetry?.WritePlatform(type, envelope);
        if (isLogged)
            log.WritePlatform(System.Text.Encoding.UTF8.GetString(envelope) + "\n");
    }

    static byte[] Envelope(DateTimeOffset at, string type, Action<Utf8JsonWriter> record)
    {
        using var stream = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("time", Timestamp(at));
            json.WriteString("type", type);
            json.WriteStartObject("record");
            record(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    static string Milliseconds(TimeSpan duration) => duration.TotalMilliseconds.ToString("F2", CultureInfo.InvariantCulture);

    static double Rounded(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 3);
}
