using Pilotlight.Guest;

namespace Pilotlight.Sandbox;

/// <summary>Writes down, for an OCI runtime, what a sandbox is.</summary>
static class ContainerConfiguration
{
    /// <summary>The user and group of the guest and of everything it starts (AWS's numbers).</summary>
    public const uint User = 993, Group = 990;

    /// <summary>How many users a sandbox has: its range on the host begins at a multiple of this.</summary>
    public const uint UserRange = 0x10000;

    public const string HostName = "sandbox";

    static readonly OciSeccomp Seccomp = SeccompProfile.Create();

    static readonly OciMount[] Mounts =
    [
        new("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]),
        // Under a user namespace this must be a tmpfs, or the runtime cannot put the devices there.
        new("/dev", "tmpfs", "tmpfs", ["nosuid", "noexec", "mode=755", "size=64k"]),
        new("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=64m"]),
    ];

    static readonly string[] Masked =
    [
        "/proc/acpi", "/proc/asound", "/proc/config.gz", "/proc/interrupts", "/proc/kallsyms", "/proc/kcore", "/proc/keys",
        "/proc/latency_stats", "/proc/modules", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
    ];

    static readonly string[] ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    // As AWS has them, but for core dumps: the program that takes those runs on the host.
    static readonly OciLimit[] Limits =
    [
        Limit("RLIMIT_NOFILE", "Max open files", 1024),
        Limit("RLIMIT_MEMLOCK", "Max locked memory", 64 * 1024),
        new("RLIMIT_CORE", 0, 0),
    ];

    public static OciConfiguration Create(SandboxSpec spec, ContainerPlaces places, bool limitsSwap) => new()
    {
        Hostname = HostName,
        Root = new(places.Root, Readonly: true),
        Process = new()
        {
            User = new(User, Group),
            Args = [RootFolders.Guest],
            Rlimits = Limits,
            // When the whole machine runs out of memory, functions go before the server.
            OomScoreAdj = 500,
        },
        Mounts =
        [
            .. Mounts,
            new("/tmp", "bind", places.TemporaryFolder, ["bind", "nosuid", "nodev"]),
            .. spec.Mounts.OrderBy(mount => mount.Target.Length)
                .Select(mount => new OciMount(mount.Target, "bind", mount.Source, ["bind", "ro", "nosuid", "nodev"])),
        ],
        Linux = new()
        {
            UidMappings = [new(0, places.FirstUser, UserRange)],
            GidMappings = [new(0, places.FirstUser, UserRange)],
            Namespaces =
                [new("user"), new("mount"), new("pid"), new("ipc"), new("uts"), new("cgroup"), new("network", places.NetworkNamespace)],
            CgroupsPath = places.ControlGroup,
            Resources = new()
            {
                Memory = new(spec.MemoryBytes, limitsSwap ? spec.MemoryBytes : null),
                Pids = new(spec.ProcessLimit + GuestProtocol.GuestThreads),
                Cpu = Processor(spec),
            },
            Seccomp = Seccomp,
            MaskedPaths = Masked,
            ReadonlyPaths = ReadOnly,
        },
    };

    /// <summary>Not above this process's own hard limit, which may only be lowered without CAP_SYS_RESOURCE.</summary>
    static OciLimit Limit(string type, string label, ulong value)
    {
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal));
        var words = (line ?? "")[Math.Min(label.Length, line?.Length ?? 0)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is [_, var hard, ..] && ulong.TryParse(hard, System.Globalization.CultureInfo.InvariantCulture, out var most))
            value = Math.Min(value, most);
        return new(type, value, value);
    }

    static OciCpu Processor(SandboxSpec spec)
    {
        const ulong period = 100_000;
        var shares = (ulong)Math.Clamp(spec.CpuWeightMillicores * 1024L / 1000, 2, 262_144);
        return spec.CpuQuotaMillicores is { } quota
            ? new(shares, Math.Max(quota * (long)period / 1000, 1000), period)
            : new(shares, null, null);
    }
}

/// <summary>Where on the host the parts of one container are.</summary>
sealed record ContainerPlaces(string Root, string TemporaryFolder, string NetworkNamespace, string ControlGroup, uint FirstUser);
