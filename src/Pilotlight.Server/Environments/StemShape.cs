using Pilotlight.Functions;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// A kind of stem: everything about a sandbox, and the runtime in it, that is the same for many functions. Code and layers are
/// mounted, limits written and variables sent when a stem is given to a function.
/// </summary>
sealed class StemShape
{
    /// <summary>Enough for a runtime that waits, and never what its function will have.</summary>
    const long WaitingMemoryBytes = 256L << 20;

    readonly RuntimeLaunch _launch;
    readonly IReadOnlyList<SandboxMount> _mounts;
    readonly long _temporaryStorageBytes;

    StemShape(RuntimeLaunch launch, long temporaryStorageBytes, bool startsRuntime)
    {
        _launch = launch;
        _temporaryStorageBytes = temporaryStorageBytes;
        _mounts = [.. launch.Mounts.Where(mount => !IsOfFunction(mount))];
        StartsRuntime = startsRuntime;
        Key = string.Join('\n', [
            startsRuntime ? launch.StemKey : "",
            $"{temporaryStorageBytes}",
            .. launch.Links.OrderBy(link => link.Key, StringComparer.Ordinal).Select(link => $"{link.Key}>{link.Value}"),
            .. _mounts.Select(mount => $"{mount.Source}:{mount.Target}"),
        ]);
    }

    public string Key { get; }

    /// <summary>Whether the runtime waits inside; else there is nothing but the guest.</summary>
    public bool StartsRuntime { get; }

    /// <summary>For operators: <c>python3.11</c>, <c>sandbox</c>.</summary>
    public string Name => StartsRuntime ? _launch.RuntimeVersion : "sandbox";

    public static StemShape Of(FunctionVersion version, RuntimeLaunch launch) => new(
        launch, (long)version.EphemeralStorageMegabytes << 20, launch.StemKey is not null && !EnvironmentVariables.NeedsOwnStart(version));

    public SandboxSpec Specify() => new()
    {
        Id = Guid.NewGuid().ToString("n")[..16],
        MemoryBytes = WaitingMemoryBytes,
        CpuWeightMillicores = 1000,
        TemporaryStorageBytes = _temporaryStorageBytes,
        Mounts = _mounts,
        Links = _launch.Links,
    };

    /// <summary>The runtime that waits; its variables hold nothing of any function.</summary>
    public ProcessSpec Process(ISandbox sandbox, string runtimeApi)
    {
        var command = _launch.Command(sandbox);
        return new ProcessSpec
        {
            Path = command[0],
            Arguments = command,
            Environment = EnvironmentVariables.OfStem(_launch, sandbox, runtimeApi),
            // Java asks for its folder once. What is mounted there later lies above it, and the client goes there again.
            WorkingDirectory = sandbox.PathInside("/var/task"),
        };
    }

    /// <summary>What is left to be mounted for a function.</summary>
    public static IReadOnlyList<SandboxMount> MountsOfFunction(RuntimeLaunch launch) => [.. launch.Mounts.Where(IsOfFunction)];

    static bool IsOfFunction(SandboxMount mount) => mount.Target is "/var/task" or "/opt";
}
