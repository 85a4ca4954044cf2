namespace Pilotlight.Environments;

/// <summary>Section <c>Stems</c>: sandboxes that are made ahead of need.</summary>
public sealed class StemsOptions
{
    /// <summary>Without stems every cold start makes its sandbox and starts its runtime while the request waits.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many of each kind are kept ready while functions of that kind exist or were started lately.</summary>
    public int Floor { get; set; } = 2;

    /// <summary>How many of each kind are kept ready at most, when many were wanted at once.</summary>
    public int Most { get; set; } = 8;

    /// <summary>Memory that all stems together may be charged with, in MiB; no more are made above it.</summary>
    public int MemoryBudgetMegabytes { get; set; } = 256;

    /// <summary>How long a kind is kept ready after it was last wanted.</summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromMinutes(15);
}
