using Pilotlight.Concurrency;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// The environments that are kept initialised. They are never reaped; one that ends or grows old is missing, and whoever supervises the
/// pool has a new one started.
/// </summary>
sealed partial class EnvironmentPool
{
    static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    /// <summary>For provisioned environments AWS allows INIT this much, or the function's timeout where that is more.</summary>
    static readonly TimeSpan s_provisionedInitLimit = TimeSpan.FromSeconds(130);

    readonly IdleEnvironments _provisioned = new(time);
    readonly HashSet<ExecutionEnvironment> _kept = [];
    readonly List<Task> _provisioning = [];
    readonly CancellationTokenSource _retiring = new();
    int _target;
    int _failures;
    long _failedAt;
    string? _failureReason;

    /// <summary>How many environments are to be kept.</summary>
    public int Target => Volatile.Read(ref _target);

    public ProvisionedLevel Level
    {
        get
        {
            lock (_gate)
                return new ProvisionedLevel(_kept.Count + (_failureReason is null ? _provisioning.Count(task => !task.IsCompleted) : 0), _kept.Count, _failureReason);
        }
    }

    /// <summary>Called when a kept environment has come or gone.</summary>
    public Action? ProvisionedChanged { get; set; }

    /// <summary>Runs one invocation in a provisioned environment; null when all are busy or there are none.</summary>
    public async ValueTask<Execution?> TryRunProvisionedAsync(InvocationRequest request) =>
        await _provisioned.TakeAsync() is { } environment ? await InvokeWarmAsync(environment, request) : null;

    /// <summary>Changes how many are kept: idle ones that are too many end now, busy ones when they are done.</summary>
    public void Provision(int target)
    {
        List<ExecutionEnvironment> tooMany = [];
        lock (_gate)
        {
            if (_retired || _target == target)
                return;
            if (target > _target)
                (_failures, _failureReason) = (0, null);
            _target = target;
            tooMany.AddRange(_provisioned.Take(environment => _kept.Count > target && _kept.Remove(environment)));
        }

        foreach (var environment in tooMany)
            End(environment);
    }

    /// <summary>Starts one that is missing; null when none is, or when it is too soon after a failure. Only a fault of the platform faults the task.</summary>
    public Task? TryStartProvisioned()
    {
        lock (_gate)
        {
            _provisioning.RemoveAll(static task => task.IsCompleted);
            if (_kept.Count + _provisioning.Count >= _target)
                return null;
            if (_failures > 0 && (_provisioning.Count > 0 || time.GetElapsedTime(_failedAt) < PauseLocked()))
                return null;
            _starting++;
            var starting = Task.Run(StartProvisionedAsync);
            _provisioning.Add(starting);
            return starting;
        }
    }

    async Task StartProvisionedAsync()
    {
        var limit = TimeSpan.FromSeconds(Math.Max(s_provisionedInitLimit.TotalSeconds, version.TimeoutSeconds));
        var log = starter.OpenLog(version, InitializationType.ProvisionedConcurrency);
        StartOutcome? outcome = null;
        MemoryShare? share = null;
        try
        {
            share = await placement.Memory.ReserveAsync(MemoryBytes) ?? throw new SandboxException("The memory budget has no room for a provisioned environment (Environments:MemoryBudgetMegabytes).");
            outcome = await starter.StartAsync(await starter.TakeTurnAsync(version, _retiring.Token), version, log, limit, _retiring.Token);
            var failed = outcome as StartOutcome.Failed;
            new PlatformLines(log.Log, version, "", time, InitializationType.ProvisionedConcurrency)
                .InitReport(outcome.InitDuration, "init", failed?.Status ?? "success", failed?.ErrorType);
            if (failed is not null)
                Fail("FUNCTION_ERROR_INIT_FAILURE");
        }
        catch (OperationCanceledException)
        {
            // The version is gone, or the platform stops.
        }
        catch
        {
            Fail("INTERNAL_ERROR");
            throw;
        }
        finally
        {
            if (outcome is StartOutcome.Started { Environment: var environment })
            {
                environment.Memory = share;
                Keep(environment);
            }
            else
            {
                share?.Dispose();
                log.Log.Dispose();
                EndStarting(null);
            }
        }

        ProvisionedChanged?.Invoke();
    }

    void Keep(ExecutionEnvironment environment)
    {
        environment.Released = Release;
        bool wanted;
        lock (_gate)
        {
            (_failures, _failureReason) = (0, null);
            wanted = !_retired && _kept.Count < _target && _kept.Add(environment);
        }

        EndStarting(environment);
        if (!wanted || !_provisioned.TryReturn(environment))
            End(environment);
    }

    void Fail(string reason)
    {
        lock (_gate)
        {
            _failures++;
            _failedAt = time.GetTimestamp();
            _failureReason = reason;
        }
    }

    TimeSpan PauseLocked()
    {
        var pause = s_firstPause * Math.Pow(2, Math.Min(_failures - 1, 10));
        return pause < s_longestPause ? pause : s_longestPause;
    }

    /// <summary>Ended ones are replaced; old ones too, one after the other and only while all the others are there.</summary>
    void SweepProvisioned()
    {
        bool mayReplace;
        lock (_gate)
            mayReplace = _kept.Count > 0 && _kept.Count >= _target;
        foreach (var environment in _provisioned.Take(environment =>
        {
            if (environment.Ended.IsCompleted)
                return true;
            var replace = mayReplace && IsOld(environment);
            mayReplace &= !replace;
            return replace;
        }))
            End(environment);
    }

    /// <summary>True for a provisioned environment that came back after fewer were asked for.</summary>
    bool IsTooMuch(ExecutionEnvironment environment)
    {
        if (environment.Initialization != InitializationType.ProvisionedConcurrency)
            return false;
        lock (_gate)
            return _kept.Count > _target && _kept.Remove(environment);
    }

    void Forget(ExecutionEnvironment environment)
    {
        if (environment.Initialization != InitializationType.ProvisionedConcurrency)
            return;
        lock (_gate)
            _kept.Remove(environment);
        ProvisionedChanged?.Invoke();
    }

    async Task StopProvisioningAsync()
    {
        Task[] provisioning;
        lock (_gate)
            provisioning = [.. _provisioning];
        // Who started them is told how they failed.
        await Task.WhenAll(provisioning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
