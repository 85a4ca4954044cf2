using Pilotlight.Authorization;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Invocations;
using Pilotlight.Targets;

namespace Pilotlight.EventSources;

/// <summary>What every run works with.</summary>
public sealed record RunParts(
    FunctionCatalog Functions, Invoker Invoker, ServiceRoles Roles, TargetDispatcher Targets, MappingResults Results, MappingMeter Meter,
    TimeProvider Time);

/// <summary>
/// One mapping while it is polled: what its poller knows and does. The mapping does not change under a poller (another run begins); the
/// function, its aliases and its role do, and are asked anew for every batch.
/// </summary>
public sealed class MappingRun
{
    /// <summary>Rights and existence are asked again when the last answer is older; a batch that comes in between is invoked as it would have been.</summary>
    static readonly TimeSpan s_trust = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks at something in the way that no change of the function tells of.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    static readonly TimeSpan s_shortestRetry = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(1);

    readonly RunParts _parts;
    readonly IReadOnlyList<string> _actions;
    readonly FunctionReference _function;
    long _readyAt;

    /// <summary>What was reported before something came in the way: the readers of several shards may wait for the same.</summary>
    string? _before;

    internal MappingRun(EventSourceMapping mapping, IReadOnlyList<string> actions, RunParts parts)
    {
        (Mapping, _actions, _parts) = (mapping, actions, parts);
        Kind = EventSourceKind.Named(mapping.Kind);
        Filter = RecordFilter.Of(Kind, mapping.Settings.FilterCriteria);
        ReportsItemFailures = mapping.Settings.FunctionResponseTypes?.Contains("ReportBatchItemFailures") == true;
        Counts = parts.Meter.Of(mapping.Id);
        var name = FunctionName.Parse(mapping.FunctionArn);
        _function = new FunctionReference(name.AccountId ?? mapping.AccountId, name.Region ?? mapping.Region, name.Name, name.Qualifier);
    }

    public EventSourceMapping Mapping { get; }

    public EventSourceKind Kind { get; }

    public MappingSettings Settings => Mapping.Settings;

    /// <summary>What the role's rights are judged on; null for the source.</summary>
    internal string? JudgedArn { get; init; }

    /// <summary>Null for self-managed Kafka.</summary>
    public string? SourceArn => Mapping.Source.EventSourceArn;

    public RecordFilter Filter { get; }

    /// <summary>Whether the function's answer says which records failed (<see cref="BatchItemFailures"/>).</summary>
    public bool ReportsItemFailures { get; }

    public MappingCounts Counts { get; }

    public TimeProvider Time => _parts.Time;

    /// <summary>The version whose role and timeout count now; null when the function or the qualifier is gone.</summary>
    public FunctionVersion? Function => _parts.Functions.Find(_function.Key)?.Find(_function.Qualifier);

    /// <summary>Says how things stand, for <c>LastProcessingResult</c>. Costs nothing when it is the same as before.</summary>
    public void Report(string result) => _parts.Results.Report(Mapping.Id, result);

    public void ReportProblem(string words) => Report($"PROBLEM: {words}");

    /// <summary>
    /// Returns when the source may be polled: the function is there and active, and its role may do what polling needs. Says what is in the
    /// way as long as something is. To be called before every receive: nearly always it only reads a clock.
    /// </summary>
    public ValueTask ReadyAsync(CancellationToken stopping) =>
        _readyAt != 0 && Time.GetElapsedTime(_readyAt) < s_trust ? ValueTask.CompletedTask : new ValueTask(WaitAsync(stopping));

    async Task WaitAsync(CancellationToken stopping)
    {
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var changed = _parts.Functions.NextChangeAsync(_function.Key, patience.Token);
            var obstacle = Obstacle();
            if (obstacle is null)
            {
                await patience.CancelAsync();
                await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            }

            Interlocked.CompareExchange(ref _before, _parts.Results.Of(Mapping.Id)?.Text ?? MappingResult.NothingYet, null);
            ReportProblem(obstacle);
            await Task.WhenAny(changed, Task.Delay(s_patience, Time, patience.Token));
            await patience.CancelAsync();
            await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
        }

        if (Interlocked.Exchange(ref _before, null) is { } before)
            Report(before);
        _readyAt = Time.GetTimestamp();
    }

    /// <summary>What keeps the source from being polled, in words; null when nothing does.</summary>
    string? Obstacle()
    {
        if (_parts.Functions.Find(_function.Key) is not { } function || function.Find(_function.Qualifier) is not { } version)
            return "Function does not exist";
        if (version.State != "Active")
            return $"The function is in the state {version.State}";
        if (version.NotRunnable is { } what)
            return $"{what} cannot run here";
        if (function.ReservedConcurrency == 0)
            return "The function is throttled: its reserved concurrency is 0";
        if ((JudgedArn ?? SourceArn) is not { } source)
            return null;
        foreach (var action in _actions)
        {
            if (_parts.Roles.Refusal(Wear(version), action, source, Time.GetUtcNow()) is { } refusal)
                return refusal;
        }

        return null;
    }

    /// <summary>
    /// Invokes the function with a batch, synchronously, once. Reports success and failure for <c>LastProcessingResult</c>; what was throttled
    /// is nobody's failure and may be tried again.
    /// </summary>
    /// <param name="trace">The trace header that came with the records, so that loops are noticed; null for a new trace.</param>
    public async Task<BatchResult> InvokeAsync(ReadOnlyMemory<byte> payload, string? trace = null)
    {
        if (_parts.Functions.Find(_function) is not { State: "Active", NotRunnable: null } version)
        {
            _readyAt = 0;
            return new BatchResult(BatchEnd.NotRun);
        }

        var request = new InvocationRequest
        {
            RequestId = Guid.NewGuid().ToString(),
            Payload = payload,
            InvokedFunctionArn = Mapping.FunctionArn,
            TraceId = TraceHeader.From(trace, version, Time),
        };
        var execution = await _parts.Invoker.InvokeApartAsync(version, request);
        var end = execution.Outcome switch
        {
            InvocationOutcome.Succeeded => BatchEnd.Succeeded,
            InvocationOutcome.Throttled => BatchEnd.Throttled,
            _ => BatchEnd.Failed,
        };
        Counts.Count(end);
        if (end == BatchEnd.Throttled)
            _readyAt = 0;
        else
            Report(end == BatchEnd.Succeeded ? MappingResult.Ok : MappingResult.CallFailed);
        return new BatchResult(end)
        {
            Answer = execution.Outcome.Payload,
            RequestId = request.RequestId,
            ExecutedVersion = version.Version,
            Finished = execution.Finished,
        };
    }

    /// <summary>As <see cref="InvokeAsync"/>, as often as it takes until the function has run: for sources whose records wait in order.</summary>
    public async Task<BatchResult> InvokeWhenPossibleAsync(ReadOnlyMemory<byte> payload, string? trace, CancellationToken stopping)
    {
        var pause = s_shortestRetry;
        while (true)
        {
            var result = await InvokeAsync(payload, trace);
            if (result.End is BatchEnd.Succeeded or BatchEnd.Failed)
                return result;
            await Task.Delay(pause, Time, stopping);
            pause = pause * 2 < s_longestRetry ? pause * 2 : s_longestRetry;
            await ReadyAsync(stopping);
        }
    }

    /// <summary>Where records of failures go; null when nowhere.</summary>
    public string? FailureDestination => Settings.DestinationConfig?.OnFailure?.Destination is { Length: > 0 } arn ? arn : null;

    /// <summary>One attempt to hand a record to <see cref="FailureDestination"/>, on the leave of the execution role.</summary>
    /// <param name="objectKey">When the destination is a bucket.</param>
    public async ValueTask<DeliveryResult> SendFailureAsync(ReadOnlyMemory<byte> record, string? objectKey, CancellationToken cancellation)
    {
        if (FailureDestination is not { } destination || Function is not { } version)
            return new DeliveryResult(DeliveryEnd.NoTarget);
        return await _parts.Targets.SendAsync(
            new Delivery { TargetArn = destination, Payload = record, Sender = new Sender.Role(Wear(version)), ObjectKey = objectKey }, cancellation);
    }

    /// <summary>The role as it is worn for the function (spec/iam.md).</summary>
    static WornRole Wear(FunctionVersion version) => new(version.Role, "lambda.amazonaws.com", version.FunctionArn);
}
