using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.EventSources;

/// <summary>
/// Owns every poller: starts and stops them, and opens one that failed again after a pause that grows. They know nothing of each other,
/// and none takes another down.
/// </summary>
public sealed partial class MappingSupervisor(Func<IEnumerable<IEventSource>> sources, RunParts parts, ILogger<MappingSupervisor> log)
{
    static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(15);

    readonly Lazy<IReadOnlyList<IEventSource>> _sources = new(() => [.. sources()]);
    readonly Dictionary<string, Supervised> _running = new(StringComparer.Ordinal);
    readonly Lock _gate = new();
    bool _stopped;

    /// <summary>Mappings that are polled now.</summary>
    public int Running
    {
        get
        {
            lock (_gate)
                return _running.Count;
        }
    }

    /// <summary>Null when a mapping on the source may be made, as far as the source is here; else AWS's words.</summary>
    public async ValueTask<AwsError?> RefuseAsync(SourceUse use, CancellationToken cancellation)
    {
        if (Find(use.Kind) is not { } source)
            return null;
        if (await source.RefuseAsync(use, cancellation) is { } refused)
            return refused;
        var worn = new WornRole(use.Function.Role, "lambda.amazonaws.com", use.Function.FunctionArn);
        var missing = use.Source.EventSourceArn is { } arn
            ? source.Actions.FirstOrDefault(action => parts.Roles.Refusal(worn, action, source.ResourceOf(arn), parts.Time.GetUtcNow()) is not null)
            : null;
        return missing is null ? null : source.RoleRefused(missing);
    }

    /// <summary>Begins to poll. What of the mapping is polled already must have been stopped.</summary>
    public void Start(EventSourceMapping mapping)
    {
        if (Find(EventSourceKind.Named(mapping.Kind)) is not { } source)
        {
            parts.Results.Report(mapping.Id, $"PROBLEM: Sources of the kind {mapping.Kind} are not polled by Pilotlight");
            return;
        }

        lock (_gate)
        {
            if (_stopped || _running.ContainsKey(mapping.Id))
                return;
            var stopping = new CancellationTokenSource();
            var run = new MappingRun(mapping, source.Actions, parts) { JudgedArn = mapping.Source.EventSourceArn is { } arn ? source.ResourceOf(arn) : null };
            _running.Add(mapping.Id, new Supervised(stopping, Task.Run(() => KeepPollingAsync(source, run, stopping.Token))));
        }
    }

    /// <summary>Stops polling; completes when the batches in flight are done with.</summary>
    public async Task StopAsync(string mappingId)
    {
        Supervised? supervised;
        lock (_gate)
            supervised = _running.GetValueOrDefault(mappingId);
        if (supervised is null)
            return;
        await supervised.Stopping.CancelAsync();
        await supervised.Loop;
        lock (_gate)
        {
            if (_running.GetValueOrDefault(mappingId) == supervised)
                _running.Remove(mappingId);
        }
    }

    /// <summary>For the end of the platform: receives nothing more from any source. Batches in flight go on.</summary>
    public async Task StopReceivingAsync()
    {
        Supervised[] all;
        lock (_gate)
        {
            _stopped = true;
            all = [.. _running.Values];
        }

        foreach (var supervised in all)
            await supervised.Stopping.CancelAsync();
    }

    /// <summary>Stops every poller.</summary>
    public Task StopAllAsync()
    {
        string[] ids;
        lock (_gate)
            ids = [.. _running.Keys];
        return Task.WhenAll(ids.Select(StopAsync));
    }

    IEventSource? Find(EventSourceKind kind) => _sources.Value.FirstOrDefault(source => source.Serves(kind));

    async Task KeepPollingAsync(IEventSource source, MappingRun run, CancellationToken stopping)
    {
        var pause = s_firstPause;
        while (!stopping.IsCancellationRequested)
        {
            var since = run.Time.GetTimestamp();
            try
            {
                await run.ReadyAsync(stopping);
                await source.Open(run).RunAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SourceUnavailableException unavailable)
            {
                run.ReportProblem(unavailable.Message);
                SourceUnavailable(run.Mapping.Id, unavailable.Message);
            }
            catch (Exception failure)
            {
                run.ReportProblem("Polling failed and begins again");
                PollingFailed(failure, run.Mapping.Id);
            }

            // One that polled for a while before it failed has earned a quick restart.
            pause = run.Time.GetElapsedTime(since) > s_longestPause ? s_firstPause : pause;
            await Task.Delay(pause, run.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    sealed record Supervised(CancellationTokenSource Stopping, Task Loop);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event source mapping {Id} cannot be polled now: {Problem}")]
    partial void SourceUnavailable(string id, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The poller of event source mapping {Id} failed; it begins again soon")]
    partial void PollingFailed(Exception failure, string id);
}
