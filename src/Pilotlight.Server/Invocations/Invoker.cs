using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pilotlight.Api;
using Pilotlight.Concurrency;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>The one way to run a function: a slot, an environment, an outcome. Every trigger ends here.</summary>
public sealed class Invoker(ConcurrencyLimiter limiter, EnvironmentPools environments, FunctionCatalog catalog, InvocationMeter meter, InvocationAccount account)
{
    /// <summary>
    /// Whoever awaits this goes on on the thread that has read the runtime's answer, and serves other runtimes as well: right for a caller
    /// that passes the answer on and waits again. All others use <see cref="InvokeApartAsync"/>.
    /// </summary>
    public Task<Execution> InvokeAsync(FunctionVersion version, InvocationRequest request) =>
        InvocationTrace.IsOn ? TraceAsync(version, request) : RunAsync(version, request);

    /// <summary>For work of its own that follows the answer.</summary>
    public async Task<Execution> InvokeApartAsync(FunctionVersion version, InvocationRequest request) =>
        await InvokeAsync(version, request).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    async Task<Execution> TraceAsync(FunctionVersion version, InvocationRequest request)
    {
        var span = InvocationTrace.Begin(version, request);
        try
        {
            var execution = await RunAsync(version, request);
            _ = InvocationTrace.EndAsync(span, execution);
            return execution;
        }
        catch (Exception failure)
        {
            span?.SetStatus(System.Diagnostics.ActivityStatusCode.Error).SetTag("error.type", failure.GetType().Name).Dispose();
            throw;
        }
    }

    async Task<Execution> RunAsync(FunctionVersion version, InvocationRequest request)
    {
        if (IsLoop(version, request))
        {
            meter.CountRecursion();
            return Execution.NotRun(new InvocationOutcome.Recursive());
        }

        // A provisioned environment is a slot of its own. When all are busy the invocation spills over to what there is on demand.
        var isProvisioned = environments.IsProvisioned(version);
        if (isProvisioned && await environments.TryRunProvisionedAsync(version, request) is { } ahead)
        {
            meter.CountProvisioned();
            Count(ahead.Outcome);
            account.AddProvisioned(version, ahead.Finished);
            return ahead;
        }

        var (slot, reason) = await limiter.EnterAsync(version);
        if (slot is null)
        {
            meter.CountThrottle(reason!);
            return Execution.Throttled(reason!);
        }

        if (isProvisioned)
            meter.CountSpillover();
        try
        {
            var execution = await environments.RunAsync(version, request);
            Count(execution.Outcome);
            LeaveWhenFinished(execution, slot);
            if (execution.Outcome is not InvocationOutcome.Throttled)
                account.AddOnDemand(version, execution.Finished);
            return execution;
        }
        catch
        {
            slot.Leave();
            throw;
        }
    }

    void Count(InvocationOutcome outcome)
    {
        if (outcome is InvocationOutcome.Streaming streaming)
            _ = CountAtEndAsync(streaming.End);
        else
            meter.Count(outcome);
    }

    async Task CountAtEndAsync(Task<InvocationOutcome> end) => meter.Count(await end);

    bool IsLoop(FunctionVersion version, InvocationRequest request) =>
        request.TraceId is { } trace && Lineage.IsLoop(trace, version)
        && catalog.Find(new FunctionKey(version.AccountId, version.Region, version.Name))?.RecursiveLoop != "Allow";

    /// <summary>The answer is out before the environment is free: until then the slot is taken, and known to be about to be left.</summary>
    static void LeaveWhenFinished(Execution execution, ConcurrencySlot slot)
    {
        if (execution.Finished.IsCompleted)
        {
            slot.Leave();
            return;
        }

        if (execution.Outcome is InvocationOutcome.Streaming streaming)
            _ = FinishAtEndAsync(streaming.End, slot);
        else
            slot.Finish();
        _ = execution.Finished.ContinueWith(static (_, state) => ((ConcurrencySlot)state!).Leave(), slot,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    static async Task FinishAtEndAsync(Task end, ConcurrencySlot slot)
    {
        await end;
        slot.Finish();
    }
}

/// <summary>Counts for <c>/_pilotlight/metrics</c>.</summary>
public sealed class InvocationMeter(Meter meter)
{
    long _invocations;
    long _errors;
    long _provisioned;
    long _spilled;
    readonly ConcurrentDictionary<string, long> _throttles = new(StringComparer.Ordinal);
    long _recursions;

    /// <summary>What REPORT calls Duration, by the runtime of the function.</summary>
    public DurationHistogram Durations { get; } = new(meter, "duration_seconds", "faas.invoke_duration", "Invocations, without INIT.", "runtime");

    public long Invocations => Volatile.Read(ref _invocations);

    public long Errors => Volatile.Read(ref _errors);

    /// <summary>Of the invocations, those in provisioned environments.</summary>
    public long Provisioned => Volatile.Read(ref _provisioned);

    /// <summary>Of the others, those of versions whose provisioned environments were all busy.</summary>
    public long Spillover => Volatile.Read(ref _spilled);

    public void CountProvisioned() => Interlocked.Increment(ref _provisioned);

    public void CountSpillover() => Interlocked.Increment(ref _spilled);

    /// <summary>By reason, AWS's word.</summary>
    public IEnumerable<KeyValuePair<string, long>> Throttles => _throttles;

    public void CountThrottle(string reason) => _throttles.AddOrUpdate(reason, 1, static (_, count) => count + 1);

    /// <summary>AWS's RecursiveInvocationsDropped.</summary>
    public long Recursions => Volatile.Read(ref _recursions);

    public void CountRecursion() => Interlocked.Increment(ref _recursions);

    /// <summary>A throttled request is neither an invocation nor an error.</summary>
    public void Count(InvocationOutcome outcome)
    {
        if (outcome is InvocationOutcome.Throttled throttled)
        {
            CountThrottle(throttled.Reason);
            return;
        }

        Interlocked.Increment(ref _invocations);
        if (outcome is not InvocationOutcome.Succeeded)
            Interlocked.Increment(ref _errors);
    }
}
