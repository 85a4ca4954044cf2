namespace Pilotlight.EventSources;

/// <summary>How AWS scales the pollers of a queue (spec/events.md 1.2).</summary>
/// <param name="Floor">Batches in flight from the start, and when there is little to do.</param>
/// <param name="Ceiling">At the most.</param>
/// <param name="PerMinute">How many are added in a minute.</param>
public readonly record struct ScalingRule(int Floor, int Ceiling, int PerMinute)
{
    public static ScalingRule Of(MappingSettings settings)
    {
        if (settings.ProvisionedPollerConfig is { } provisioned)
        {
            // One poller runs ten batches at once.
            var least = provisioned.MinimumPollers ?? 2;
            return new ScalingRule(least * 10, Math.Max(least, provisioned.MaximumPollers ?? 200) * 10, 1000);
        }

        var ceiling = settings.ScalingConfig?.MaximumConcurrency ?? 1250;
        return new ScalingRule(Math.Min(5, ceiling), ceiling, 300);
    }
}

/// <summary>
/// How many batches of one mapping may be in flight. It grows while all are busy, as fast as AWS's does and a fifth of a minute's share at
/// once, so that a burst does not wait; errors and throttles make it smaller. On one machine more of them help only where its processors
/// have time left, or where batches take long without them.
/// </summary>
sealed class PollerScale(ScalingRule rule, Func<bool> machineHasRoom, TimeProvider time)
{
    static readonly TimeSpan s_longBatch = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_calm = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_betweenCuts = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();
    readonly double _burst = rule.PerMinute / 5.0;
    double _left = rule.PerMinute / 5.0;
    long _refilled = time.GetTimestamp();
    long _heldSince;
    long _cut;

    /// <summary>Batches that may be in flight now.</summary>
    public int Target { get; private set; } = rule.Floor;

    /// <summary>To be asked now and then while every poller is busy: how many more there may be.</summary>
    /// <param name="oldest">How long the batch takes that has been in flight the longest.</param>
    public int Grow(TimeSpan oldest)
    {
        lock (_gate)
        {
            Refill();
            if (_heldSince != 0 && time.GetElapsedTime(_heldSince) < s_calm)
                return 0;
            var more = Math.Min(Math.Min((int)_left, Target), rule.Ceiling - Target);
            if (more <= 0 || !(machineHasRoom() || oldest >= s_longBatch))
                return 0;
            _left -= more;
            Target += more;
            return more;
        }
    }

    /// <summary>Whether a poller that found nothing may go.</summary>
    public bool TryShrink()
    {
        lock (_gate)
        {
            if (Target <= rule.Floor)
                return false;
            Target--;
            return true;
        }
    }

    /// <summary>No concurrency was left for a batch: one fewer, and no more for a while.</summary>
    public void Throttled()
    {
        lock (_gate)
        {
            Target = Math.Max(1, Target - 1);
            _heldSince = time.GetTimestamp();
        }
    }

    /// <summary>The function failed: half of it, at most once a second.</summary>
    public void Failed()
    {
        lock (_gate)
        {
            if (_cut != 0 && time.GetElapsedTime(_cut) < s_betweenCuts)
                return;
            Target = Math.Max(Math.Min(2, rule.Floor), Target / 2);
            _cut = time.GetTimestamp();
        }
    }

    void Refill()
    {
        _left = Math.Min(_burst, _left + time.GetElapsedTime(_refilled).TotalMinutes * (rule.PerMinute - _burst));
        _refilled = time.GetTimestamp();
    }
}
