using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Metering;

namespace Pilotlight.Invocations;

/// <summary>
/// Brings what invocations and provisioned environments cost into the account of use: each invocation once its REPORT is written,
/// provisioned environments by the time for which they are kept.
/// </summary>
public sealed class InvocationAccount(
    UsageLedger usage, EnvironmentPools environments, InvocationMeter meter, ColdStartMeter coldStarts, TimeProvider time) : BackgroundService
{
    const int FreeStorageMegabytes = 512;

    static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(10);

    /// <summary>An invocation in an environment on demand: INIT is billed with it.</summary>
    public void AddOnDemand(FunctionVersion version, Task<FinishedInvocation> finishing) => _ = AddAsync(version, finishing, OnDemand);

    /// <summary>An invocation in a provisioned environment: less for its time, as the environment is paid for.</summary>
    public void AddProvisioned(FunctionVersion version, Task<FinishedInvocation> finishing) => _ = AddAsync(version, finishing, Provisioned);

    async Task AddAsync(FunctionVersion version, Task<FinishedInvocation> finishing, Func<long, UsageAmounts> kind)
    {
        if (await finishing is not { } finished)
            return;
        var report = finished.Report;
        meter.Durations.Record(report.Duration, version.Runtime);
        if (report.InitDuration is not null)
            coldStarts.RecordFirstInvocation(version.Runtime, report.Duration);
        var billed = report.BilledMilliseconds;
        Add(version, kind(billed * version.MemoryMegabytes) with
        {
            Requests = 1,
            Errors = finished.Failed ? 1 : 0,
            BilledMilliseconds = billed,
            InitMilliseconds = (long)Math.Ceiling(report.InitDuration?.TotalMilliseconds ?? 0),
            StorageMegabyteMilliseconds = billed * Math.Max(0, version.EphemeralStorageMegabytes - FreeStorageMegabytes),
        });
    }

    static UsageAmounts OnDemand(long megabyteMilliseconds) => new() { OnDemandMegabyteMilliseconds = megabyteMilliseconds };

    static UsageAmounts Provisioned(long megabyteMilliseconds) => new() { ProvisionedMegabyteMilliseconds = megabyteMilliseconds };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_lookEvery, time);
        var last = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = time.GetTimestamp();
                AddAllocated((long)time.GetElapsedTime(last, now).TotalMilliseconds);
                last = now;
            }
        }
        catch (OperationCanceledException)
        {
            AddAllocated((long)time.GetElapsedTime(last).TotalMilliseconds);
        }
    }

    /// <summary>Those that are there now are taken to have been there for the whole time since the last look.</summary>
    void AddAllocated(long milliseconds)
    {
        var provisioned = environments.Snapshot().Where(environment => environment.Initialization == InitializationType.ProvisionedConcurrency);
        foreach (var kept in provisioned.GroupBy(environment => environment.Version.Generation))
        {
            var version = kept.First().Version;
            Add(version, new UsageAmounts { AllocatedMegabyteMilliseconds = kept.Count() * milliseconds * version.MemoryMegabytes });
        }
    }

    void Add(FunctionVersion version, UsageAmounts amounts) =>
        usage.Add(version.AccountId, version.Region, version.Name, version.Version, version.Architecture, amounts);
}
