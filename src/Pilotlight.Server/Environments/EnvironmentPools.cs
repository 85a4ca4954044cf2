using System.Collections.Concurrent;
using Pilotlight.Concurrency;
using Pilotlight.Functions;

namespace Pilotlight.Environments;

/// <summary>Every environment of the platform, by the generation of the function version it belongs to; owns the sweeping loop and the clock of freezing.</summary>
public sealed partial class EnvironmentPools : IHostedService, IAsyncDisposable
{
    static readonly TimeSpan s_sweepEvery = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<Guid, EnvironmentPool> _pools = new();
    readonly EnvironmentStarter _starter;
    readonly Placement _placement;
    readonly EnvironmentsOptions _options;
    readonly TimeProvider _time;
    readonly ILogger<EnvironmentPools> _log;
    readonly FreezeClock _freezing;
    readonly CancellationTokenSource _stopping = new();
    Task _sweeping = Task.CompletedTask;
    int _disposed;

    internal EnvironmentPools(
        EnvironmentStarter starter, Placement placement, EnvironmentsOptions options, TimeProvider time, ILogger<EnvironmentPools> log)
    {
        (_starter, _placement, _options, _time, _log) = (starter, placement, options, time, log);
        _freezing = new FreezeClock(Freeze, time);
        placement.Memory.Evict = Evict;
    }

    /// <summary>Ends the environments of versions that will never run again.</summary>
    internal void Follow(FunctionCatalog catalog) => catalog.Retired += Retire;

    /// <summary>Runs one invocation in an environment of exactly this generation.</summary>
    public Task<Execution> RunAsync(FunctionVersion version, InvocationRequest request) => PoolOf(version).RunAsync(request);

    /// <summary>Runs one invocation in a provisioned environment; null when all are busy or the version has none.</summary>
    public ValueTask<Execution?> TryRunProvisionedAsync(FunctionVersion version, InvocationRequest request) =>
        _pools.TryGetValue(version.Generation, out var pool) && pool.Target > 0 ? pool.TryRunProvisionedAsync(request) : default;

    /// <summary>Whether environments are kept initialised for this version.</summary>
    public bool IsProvisioned(FunctionVersion version) => _pools.TryGetValue(version.Generation, out var pool) && pool.Target > 0;

    public ProvisionedLevel LevelOf(FunctionVersion version) => _pools.TryGetValue(version.Generation, out var pool) ? pool.Level : default;

    public IEnumerable<ExecutionEnvironment> Snapshot() => _pools.Values.SelectMany(pool => pool.Snapshot());

    public int Starting => _pools.Values.Sum(pool => pool.Starting);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _sweeping = SweepAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <summary>Ends idle environments now and busy ones when they are done, or after <paramref name="grace"/> whatever they do.</summary>
    public async Task DrainAsync(TimeSpan grace)
    {
        var pools = _pools.Values.ToArray();
        foreach (var pool in pools)
            pool.Retire();
        await Task.WhenAll(pools.Select(pool => pool.Emptied)).WaitAsync(grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeAsync();
    }

    /// <summary>Ends every environment, busy or not, and forgets all pools; for a reset.</summary>
    public async Task ClearAsync()
    {
        var pools = _pools.Values.ToArray();
        _pools.Clear();
        await Task.WhenAll(pools.Select(pool => pool.DisposeAsync().AsTask()));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stopping.CancelAsync();
        await _sweeping;
        _freezing.Dispose();
        await ClearAsync();
    }

    /// <summary>The pools that keep environments initialised.</summary>
    internal IEnumerable<EnvironmentPool> Provisioned => _pools.Values.Where(pool => pool.Target > 0);

    internal EnvironmentPool PoolOf(FunctionVersion version) => _pools.TryGetValue(version.Generation, out var pool)
        ? pool
        : _pools.GetOrAdd(version.Generation, static (_, state) =>
            new EnvironmentPool(state.version, state.self._starter, state.self._placement, state.self._options, state.self._time)
            {
                Woke = state.self._options.Freeze ? state.self._freezing.Set : null,
            }, (version, self: this));

    void Retire(FunctionVersion version)
    {
        if (_pools.TryGetValue(version.Generation, out var pool))
            pool.Retire();
    }

    /// <summary>
    /// Ends idle environments until so many bytes will come back. First go those that cost least to lose: idle for long, holding much,
    /// quick to start again.
    /// </summary>
    int Evict(long bytes)
    {
        var ended = 0;
        var candidates = _pools.Values
            .SelectMany(static pool => pool.Evictable.Select(environment => (Pool: pool, Environment: environment, Held: environment.ReadMemory().CurrentBytes)))
            .OrderByDescending(candidate => _time.GetElapsedTime(candidate.Environment.IdleSince).TotalSeconds * candidate.Held / candidate.Environment.StartCost.TotalSeconds);
        foreach (var (pool, environment, held) in candidates)
        {
            if (bytes <= 0)
                break;
            if (!pool.TryEvict(environment))
                continue;
            ended++;
            bytes -= environment.Memory is { IsWhole: true } ? (long)environment.Version.MemoryMegabytes << 20 : held;
        }

        return ended;
    }

    bool Freeze()
    {
        try
        {
            var isAwake = false;
            foreach (var pool in _pools.Values)
                isAwake |= pool.Freeze();
            return isAwake;
        }
        catch (Exception bug)
        {
            SweepFailed(bug);
            return false;
        }
    }

    async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(s_sweepEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                _placement.Memory.LookAgain();
                foreach (var (generation, pool) in _pools)
                {
                    pool.Sweep();
                    if (pool is { IsRetired: true, IsEmpty: true })
                        _pools.TryRemove(generation, out _);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception bug)
        {
            SweepFailed(bug);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Environments are no longer swept, or frozen")]
    partial void SweepFailed(Exception bug);
}
