using System.Text.Json.Serialization;

namespace Pilotlight.Sandbox;

/// <summary>The <c>config.json</c> of the OCI runtime specification, as much of it as sandboxes need.</summary>
sealed record OciConfiguration
{
    public string OciVersion { get; init; } = "1.0.2";
    public required OciProcess Process { get; init; }
    public required OciRoot Root { get; init; }
    public required string Hostname { get; init; }
    public required IReadOnlyList<OciMount> Mounts { get; init; }
    public required OciLinux Linux { get; init; }
}

sealed record OciProcess
{
    public bool Terminal { get; init; }
    public required OciUser User { get; init; }
    public required IReadOnlyList<string> Args { get; init; }
    public IReadOnlyList<string> Env { get; init; } = [];
    public string Cwd { get; init; } = "/";
    public bool NoNewPrivileges { get; init; } = true;
    public OciCapabilities Capabilities { get; init; } = new();
    public required IReadOnlyList<OciLimit> Rlimits { get; init; }
    public int? OomScoreAdj { get; init; }
}

sealed record OciUser(uint Uid, uint Gid);

sealed record OciCapabilities
{
    public IReadOnlyList<string> Bounding { get; init; } = [];
    public IReadOnlyList<string> Effective { get; init; } = [];
    public IReadOnlyList<string> Inheritable { get; init; } = [];
    public IReadOnlyList<string> Permitted { get; init; } = [];
    public IReadOnlyList<string> Ambient { get; init; } = [];
}

sealed record OciLimit(string Type, ulong Hard, ulong Soft);

sealed record OciRoot(string Path, bool Readonly);

sealed record OciMount(string Destination, string Type, string Source, IReadOnlyList<string> Options);

sealed record OciLinux
{
    public required IReadOnlyList<OciIdMapping> UidMappings { get; init; }
    public required IReadOnlyList<OciIdMapping> GidMappings { get; init; }
    public required IReadOnlyList<OciNamespace> Namespaces { get; init; }
    public required string CgroupsPath { get; init; }
    public required OciResources Resources { get; init; }
    public required OciSeccomp Seccomp { get; init; }
    public required IReadOnlyList<string> MaskedPaths { get; init; }
    public required IReadOnlyList<string> ReadonlyPaths { get; init; }
}

sealed record OciIdMapping([property: JsonPropertyName("containerID")] uint ContainerId, [property: JsonPropertyName("hostID")] uint HostId, uint Size);

sealed record OciNamespace(string Type, string? Path = null);

sealed record OciResources
{
    public required OciMemory Memory { get; init; }
    public required OciPids Pids { get; init; }
    public required OciCpu Cpu { get; init; }
}

/// <summary><c>Swap</c> is memory and swap together, so equal to <c>Limit</c> it means none.</summary>
sealed record OciMemory(long Limit, long? Swap);

sealed record OciPids(long Limit);

sealed record OciCpu(ulong Shares, long? Quota, ulong? Period);

sealed record OciSeccomp
{
    public required string DefaultAction { get; init; }
    public required uint DefaultErrnoRet { get; init; }
    public required IReadOnlyList<string> Architectures { get; init; }
    public required IReadOnlyList<OciSyscall> Syscalls { get; init; }
}

sealed record OciSyscall(IReadOnlyList<string> Names, string Action, uint? ErrnoRet = null, IReadOnlyList<OciArgument>? Args = null);

sealed record OciArgument(uint Index, ulong Value, ulong ValueTwo, string Op);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OciConfiguration))]
sealed partial class OciJson : JsonSerializerContext;
