using System.Diagnostics;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>A span of every invocation, for those who listen; without a listener there is none.</summary>
static class InvocationTrace
{
    public const string SourceName = "Pilotlight";

    static readonly ActivitySource s_source = new(SourceName);

    public static bool IsOn => s_source.HasListeners();

    /// <summary>Below the span that AWS's trace header names, if it names one.</summary>
    public static Activity? Begin(FunctionVersion version, InvocationRequest request)
    {
        var span = s_source.StartActivity($"invoke {version.Name}", ActivityKind.Server, ParentOf(request.TraceId));
        if (span is not { IsAllDataRequested: true })
            return span;
        span.SetTag("faas.invoked_name", version.Name).SetTag("faas.version", version.Version).SetTag("faas.invocation_id", request.RequestId);
        span.SetTag("faas.max_memory", (long)version.MemoryMegabytes << 20).SetTag("cloud.resource_id", version.FunctionArn).SetTag("process.runtime.name", version.Runtime);
        return span;
    }

    /// <summary>The span lasts until the environment is free again.</summary>
    public static async Task EndAsync(Activity? span, Execution execution)
    {
        if (span is null)
            return;
        using var _ = span;
        if (await execution.Finished is { Report: var report })
        {
            span.SetTag("faas.coldstart", report.InitDuration is not null);
            if (report.InitDuration is { } init)
                span.SetTag("pilotlight.init_ms", init.TotalMilliseconds);
        }

        switch (execution.Outcome)
        {
            case InvocationOutcome.Succeeded or InvocationOutcome.Streaming:
                break;
            case InvocationOutcome.FunctionError error:
                span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.ErrorType);
                break;
            case InvocationOutcome.PlatformError error:
                span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.ErrorType);
                break;
            case var other:
                span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", other.GetType().Name);
                break;
        }
    }

    /// <summary><c>Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1</c>, as X-Ray's identifiers are OpenTelemetry's too.</summary>
    internal static ActivityContext ParentOf(string? header)
    {
        string root = "", parent = "";
        var isSampled = true;
        foreach (var part in (header ?? "").Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("Root=1-", StringComparison.Ordinal))
                root = part["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            else if (part.StartsWith("Parent=", StringComparison.Ordinal))
                parent = part["Parent=".Length..];
            else if (part == "Sampled=0")
                isSampled = false;
        }

        return root.Length == 32 && parent.Length == 16 && (root + parent).All(char.IsAsciiHexDigitLower)
            ? new ActivityContext(
                ActivityTraceId.CreateFromString(root), ActivitySpanId.CreateFromString(parent),
                isSampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true)
            : default;
    }
}
