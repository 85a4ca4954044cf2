namespace Pilotlight.Sandbox;

/// <summary>One kind of isolation: <c>container</c> (an OCI runtime) or <c>process</c> (none).</summary>
public interface ISandboxDriver : IAsyncDisposable
{
    /// <summary><c>container</c> or <c>process</c>.</summary>
    string Name { get; }

    /// <summary>What this driver cannot hold on this machine, one sentence each, with the command that mends it where there is one.</summary>
    IReadOnlyList<string> Limitations { get; }

    /// <summary>Whether its sandboxes can be made ahead and given their purpose later, by <see cref="ISandbox.Assign"/>.</summary>
    bool CanAssign { get; }

    /// <summary>Makes and starts a sandbox with nothing in it but the guest. All that was made is undone when this fails.</summary>
    /// <exception cref="SandboxException">The sandbox could not be made; the message is for operators.</exception>
    Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellation);
}

/// <summary>What a sandbox is allowed and what it sees. Units are in the names.</summary>
public sealed record SandboxSpec
{
    /// <summary>Unique in this instance, <c>[a-z0-9-]{1,40}</c>; names the cgroup, the network namespace and the folders.</summary>
    public required string Id { get; init; }

    /// <summary>Limit of all processes together; exceeding it kills (no swap).</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Processes and threads of the code inside. The driver adds what its own guest needs.</summary>
    public int ProcessLimit { get; init; } = 1024;

    /// <summary>Share of processor time, in thousandths of a core, as a weight: it limits only while others want the processor.</summary>
    public required int CpuWeightMillicores { get; init; }

    /// <summary>Hard limit in thousandths of a core, or null for none.</summary>
    public int? CpuQuotaMillicores { get; init; }

    /// <summary>Size of <c>/tmp</c>, on disk.</summary>
    public required long TemporaryStorageBytes { get; init; }

    /// <summary>Host folders bound read-only (nosuid, nodev) at absolute paths inside.</summary>
    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    /// <summary>Symbolic links made in the root file system, absolute path inside to target.</summary>
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>();

    /// <summary>An unpacked root file system, or null for the host's own <c>/usr</c> read-only under a made <c>/etc</c>.</summary>
    public string? RootFileSystem { get; init; }

    public NetworkAccess Network { get; init; } = NetworkAccess.Nat;
}

/// <summary>What a sandbox made ahead learns when it is given its purpose; everything else stays as its <see cref="SandboxSpec"/> said.</summary>
public sealed record SandboxAssignment
{
    public required long MemoryBytes { get; init; }
    public required int CpuWeightMillicores { get; init; }
    public int? CpuQuotaMillicores { get; init; }

    /// <summary>Host folders bound read-only over folders that the sandbox has already.</summary>
    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];
}

/// <summary>A host folder or file and the absolute path at which the sandbox sees it, read-only.</summary>
public sealed record SandboxMount(string Source, string Target);

public enum NetworkAccess
{
    /// <summary>Loopback only.</summary>
    None,

    /// <summary>The internet through NAT; neither the host's own ports, nor other sandboxes, nor link-local addresses.</summary>
    Nat,
}

/// <summary>The sandbox could not do what was asked; the message is for operators and names the cause.</summary>
public sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner);
