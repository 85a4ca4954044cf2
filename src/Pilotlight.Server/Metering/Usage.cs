namespace Pilotlight.Metering;

/// <summary>Whose usage it is, and of which day (UTC).</summary>
public readonly record struct UsageKey(string AccountId, string Region, string Function, string Version, string Architecture, DateOnly Day);

/// <summary>
/// What was used, in the units that AWS bills: milliseconds times MiB, whole numbers, so that adding them up loses nothing.
/// </summary>
public readonly record struct UsageAmounts
{
    /// <summary>Invocations that ran, with or without an error. Throttled ones and dry runs are free.</summary>
    public long Requests { get; init; }

    public long Errors { get; init; }

    /// <summary>Billed time: duration and INIT, each invocation rounded up.</summary>
    public long BilledMilliseconds { get; init; }

    /// <summary>The part of it that was INIT.</summary>
    public long InitMilliseconds { get; init; }

    /// <summary>Billed time on demand, times memory.</summary>
    public long OnDemandMegabyteMilliseconds { get; init; }

    /// <summary>Billed time in provisioned environments, times memory.</summary>
    public long ProvisionedMegabyteMilliseconds { get; init; }

    /// <summary>Time for which provisioned environments were kept, times memory.</summary>
    public long AllocatedMegabyteMilliseconds { get; init; }

    /// <summary>Billed time, times what <c>/tmp</c> has above 512 MiB.</summary>
    public long StorageMegabyteMilliseconds { get; init; }

    public static UsageAmounts operator +(UsageAmounts a, UsageAmounts b) => new()
    {
        Requests = a.Requests + b.Requests,
        Errors = a.Errors + b.Errors,
        BilledMilliseconds = a.BilledMilliseconds + b.BilledMilliseconds,
        InitMilliseconds = a.InitMilliseconds + b.InitMilliseconds,
        OnDemandMegabyteMilliseconds = a.OnDemandMegabyteMilliseconds + b.OnDemandMegabyteMilliseconds,
        ProvisionedMegabyteMilliseconds = a.ProvisionedMegabyteMilliseconds + b.ProvisionedMegabyteMilliseconds,
        AllocatedMegabyteMilliseconds = a.AllocatedMegabyteMilliseconds + b.AllocatedMegabyteMilliseconds,
        StorageMegabyteMilliseconds = a.StorageMegabyteMilliseconds + b.StorageMegabyteMilliseconds,
    };
}

/// <summary>The usage of one version of one function on one day.</summary>
public sealed record UsageRow(UsageKey Key, UsageAmounts Amounts);
