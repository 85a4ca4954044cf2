namespace Pilotlight.Environments;

/// <summary>Section <c>Environments</c>.</summary>
public sealed class EnvironmentsOptions
{
    /// <summary>How long an environment waits for its next invocation before it is shut down.</summary>
    public TimeSpan KeepWarm { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an idle environment runs on before it is frozen.</summary>
    public TimeSpan FreezeAfter { get; set; } = TimeSpan.FromMilliseconds(200);

    public bool Freeze { get; set; } = true;

    /// <summary>Environments are replaced at this age, well before the credentials in them expire.</summary>
    public TimeSpan MaximumAge { get; set; } = TimeSpan.FromHours(6);

    /// <summary>AWS's limit for INIT.</summary>
    public TimeSpan InitLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Cold starts that run at the same time; others wait their turn. 0 for two a core.</summary>
    public int ParallelStarts { get; set; }

    /// <summary>Memory that all environments may have together, in MiB; 0 for twice what the machine (or its control group) has: functions seldom use
    /// what they may, and nothing starts while less than a twentieth of the machine's memory is free.</summary>
    public long MemoryBudgetMegabytes { get; set; }

    /// <summary>How long an invocation waits for memory before it is throttled.</summary>
    public TimeSpan PlacementWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Processor time as a hard limit instead of a weight.</summary>
    public bool CpuQuota { get; set; }
}

/// <summary>Section <c>Runtimes</c>.</summary>
public sealed class RuntimesOptions
{
    /// <summary>Refuse to run a runtime identifier whose exact version is not on this machine, instead of taking the nearest.</summary>
    public bool Strict { get; set; }

    /// <summary>Where the runtime clients lie, one folder a language.</summary>
    public string Folder { get; set; } = "";
}
