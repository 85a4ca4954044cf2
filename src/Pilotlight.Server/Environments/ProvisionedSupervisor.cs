using System.Collections.Concurrent;
using System.Threading.Channels;
using Pilotlight.Concurrency;
using Pilotlight.Functions;

namespace Pilotlight.Environments;

/// <summary>
/// Keeps as many environments initialised as functions ask for: looks whenever a function's provisioned concurrency, versions or aliases
/// change, an environment comes or goes, and every second. It starts few at a time, so that cold starts find room beside it.
/// </summary>
public sealed partial class ProvisionedSupervisor : IHostedService
{
    static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<FunctionKey, bool> _functions = new();
    readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly CancellationTokenSource _stopping = new();
    readonly EnvironmentPools _pools;
    readonly FunctionCatalog _catalog;
    readonly TimeProvider _time;
    readonly ILogger<ProvisionedSupervisor> _log;
    readonly int _maxStarting;
    Task _loop = Task.CompletedTask;
    ITimer? _timer;
    int _starting;

    public ProvisionedSupervisor(
        EnvironmentPools pools, FunctionCatalog catalog, EnvironmentsOptions options, TimeProvider time, ILogger<ProvisionedSupervisor> log)
    {
        (_pools, _catalog, _time, _log) = (pools, catalog, time, log);
        _maxStarting = Math.Max(1, options.ParallelStarts > 0 ? options.ParallelStarts / 2 : Environment.ProcessorCount);
        catalog.Changed += Follow;
        foreach (var function in catalog.All())
            Follow(null, function);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _time.CreateTimer(static state => ((ProvisionedSupervisor)state!).Wake(), this, s_lookEvery, s_lookEvery);
        _loop = SuperviseAsync();
        return Task.CompletedTask;
    }

    /// <summary>Starts no more. What is starting belongs to its pool, which ends it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is { } timer)
            await timer.DisposeAsync();
        await _stopping.CancelAsync();
        await _loop;
    }

    void Wake() => _wake.Writer.TryWrite(true);

    void Follow(Function? before, Function? after)
    {
        if (after is { Provisioned.IsEmpty: false })
            _functions[after.Key] = true;
        else if (before is not { Provisioned.IsEmpty: false })
            return;
        Wake();
    }

    async Task SuperviseAsync()
    {
        try
        {
            await foreach (var _ in _wake.Reader.ReadAllAsync(_stopping.Token))
            {
                if (!_functions.IsEmpty)
                    Look();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception bug)
        {
            Failed(bug);
            throw;
        }
    }

    void Look()
    {
        var wanted = new Dictionary<Guid, EnvironmentPool>();
        foreach (var key in _functions.Keys)
        {
            if (_catalog.Find(key) is not { Provisioned.IsEmpty: false } function)
            {
                _functions.TryRemove(key, out var _);
                continue;
            }

            foreach (var (version, count) in ProvisionedShares.Of(function).Where(share => share.Version.State == "Active"))
            {
                var pool = _pools.PoolOf(version);
                pool.ProvisionedChanged = Wake;
                pool.Provision(count);
                wanted[version.Generation] = pool;
            }
        }

        foreach (var pool in _pools.Provisioned.Where(pool => !wanted.ContainsKey(pool.Version.Generation)))
            Drop(pool);
        StartMissing(wanted.Values);
    }

    /// <summary>A pool that was made for a version that was deleted meanwhile would be nobody's.</summary>
    void Drop(EnvironmentPool pool)
    {
        pool.Provision(0);
        if (_catalog.Find(pool.Version.Key)?.Runnable().Any(version => version.Generation == pool.Version.Generation) != true)
            pool.Retire();
    }

    /// <summary>One for each pool in turn, so that a large one does not keep the others waiting.</summary>
    void StartMissing(IReadOnlyCollection<EnvironmentPool> pools)
    {
        var progress = true;
        while (progress)
        {
            progress = false;
            foreach (var pool in pools)
            {
                if (Volatile.Read(ref _starting) >= _maxStarting)
                    return;
                if (pool.TryStartProvisioned() is not { } starting)
                    continue;
                progress = true;
                Interlocked.Increment(ref _starting);
                _ = FollowStartAsync(starting, pool.Version);
            }
        }
    }

    async Task FollowStartAsync(Task starting, FunctionVersion version)
    {
        try
        {
            await starting;
        }
        catch (Exception failure)
        {
            NotStarted(failure, version.FunctionArn, version.Version);
        }

        Interlocked.Decrement(ref _starting);
        Wake();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An environment could not be provisioned for {Function}:{Version}; it is tried again")]
    partial void NotStarted(Exception failure, string function, string version);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Provisioned concurrency is no longer kept")]
    partial void Failed(Exception bug);
}
