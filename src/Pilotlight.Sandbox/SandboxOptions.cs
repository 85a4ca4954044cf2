namespace Pilotlight.Sandbox;

/// <summary>Where the sandbox library keeps its state, and what it may use. Defaults suit a machine of one's own.</summary>
public sealed record SandboxOptions
{
    /// <summary><c>auto</c>, <c>container</c> or <c>process</c>.</summary>
    public string Driver { get; init; } = "auto";

    /// <summary>The OCI runtime: <c>auto</c> (crun, else runc), a name on the PATH, or a path.</summary>
    public string Runtime { get; init; } = "auto";

    /// <summary>
    /// The folder shared by every instance on this machine, one subfolder each, locked while its process lives: what a dead
    /// instance left is found and cleared through it. Default: <c>/run/pilotlight</c> for root, else under the user's runtime folder.
    /// </summary>
    public string? StateFolder { get; init; }

    /// <summary>A folder on disk for <c>/tmp</c> volumes and root file systems.</summary>
    public required string DiskFolder { get; init; }

    /// <summary>Path of the <c>pilotlight-guest</c> executable.</summary>
    public required string GuestPath { get; init; }

    /// <summary><c>nat</c> or <c>none</c>: what <see cref="NetworkAccess.Nat"/> is allowed to mean here.</summary>
    public string Network { get; init; } = "nat";
}
