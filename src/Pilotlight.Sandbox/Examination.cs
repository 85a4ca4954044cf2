using System.Globalization;

namespace Pilotlight.Sandbox;

/// <summary>Looks at the machine for <c>doctor</c>. What can be tried is tried; a file that is there proves nothing.</summary>
static class Examination
{
    public static async Task<IReadOnlyList<SandboxCheck>> RunAsync(SandboxOptions options, CancellationToken cancellation)
    {
        var layout = ControlGroupLayout.Read();
        var checks = new List<SandboxCheck>
        {
            Root(),
            Memory(),
            ControlGroups(layout),
            UserNamespaces(),
            Seccomp(),
            await GuestAsync(options, cancellation),
        };
        foreach (var runtime in new[] { "crun", "runc" })
            checks.Add(await RuntimeAsync(runtime, options, cancellation));
        checks.AddRange([Nftables(), Forwarding(), LoopDevices(), Program("mkfs.ext4", "makes /tmp volumes", "e2fsprogs"), Kvm()]);
        checks.Add(await DriverAsync(options, cancellation));
        return checks;
    }

    static SandboxCheck Root() => Posix.IsRoot
        ? new("root", true, "the server runs as root", null)
        : new("root", false, "without root there are no containers, only plain processes", "sudo ./pilotlight up");

    static SandboxCheck Memory()
    {
        var total = Number("/proc/meminfo", "MemTotal:") / 1024;
        var available = Number("/proc/meminfo", "MemAvailable:") / 1024;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{total} MiB, {available} MiB available, {Environment.ProcessorCount} processors");
        return new("memory", available >= 512, detail, available >= 512 ? null : "free at least 512 MiB");
    }

    static SandboxCheck ControlGroups(ControlGroupLayout layout) => layout.IsUsable
        ? new("control groups", true, layout.ToString(), null)
        : new("control groups", false, $"{layout}: memory, pids and freezer are needed", "mount -t cgroup2 none /sys/fs/cgroup");

    static SandboxCheck UserNamespaces()
    {
        var most = Number("/proc/sys/user/max_user_namespaces", "");
        return File.Exists("/proc/self/ns/user") && most > 0
            ? new("user namespaces", true, string.Create(CultureInfo.InvariantCulture, $"up to {most}"), null)
            : new("user namespaces", false, "the kernel allows none", "sysctl -w user.max_user_namespaces=15000");
    }

    static SandboxCheck Seccomp()
    {
        const string actions = "/proc/sys/kernel/seccomp/actions_avail";
        return File.Exists(actions)
            ? new("seccomp", true, File.ReadAllText(actions).Trim(), null)
            : new("seccomp", false, "the kernel has no system call filters", "use a kernel with CONFIG_SECCOMP_FILTER");
    }

    static async Task<SandboxCheck> GuestAsync(SandboxOptions options, CancellationToken cancellation)
    {
        const string remedy = "./pilotlight version, which builds what is old";
        if (!File.Exists(options.GuestPath))
            return new("guest", false, $"missing at {options.GuestPath}", remedy);
        try
        {
            await GuestProgram.CheckAsync(options.GuestPath, cancellation);
            return new("guest", true, options.GuestPath, null);
        }
        catch (SandboxException another)
        {
            return new("guest", false, another.Message, remedy);
        }
    }

    /// <summary>Runs a sandbox with it, which shows more than its version would.</summary>
    static async Task<SandboxCheck> RuntimeAsync(string runtime, SandboxOptions options, CancellationToken cancellation)
    {
        if (OciRuntime.Find(runtime) is not [var path, ..])
            return new(runtime, false, "not installed", $"apt-get install {runtime}");
        try
        {
            await using var driver = await SandboxPlatform.OpenAsync(options with { Driver = "container", Runtime = path, Network = "none" }, cancellation);
            return new(runtime, true, $"{path} runs sandboxes", null);
        }
        catch (SandboxException e)
        {
            return new(runtime, false, e.Message, null);
        }
    }

    static SandboxCheck Nftables() => Program("nft", "gives sandboxes the internet through NAT", "nftables");

    static SandboxCheck Forwarding()
    {
        const string file = "/proc/sys/net/ipv4/ip_forward";
        var isOn = File.Exists(file) && File.ReadAllText(file).Trim() == "1";
        return isOn
            ? new("ip forwarding", true, "on", null)
            : new("ip forwarding", Posix.IsRoot, Posix.IsRoot ? "off; the server turns it on for the links that lead out, as long as it runs" : "off", Posix.IsRoot ? null : "sysctl -w net.ipv4.ip_forward=1");
    }

    static SandboxCheck LoopDevices() => File.Exists("/dev/loop-control") && Posix.TryOpen("/dev/loop-control", Posix.O_RDWR) is { } device && Close(device)
        ? new("loop devices", true, "/dev/loop-control opens", null)
        : new("loop devices", false, "/dev/loop-control does not open: /tmp has no limit of its own", "modprobe loop");

    static SandboxCheck Kvm() => Posix.TryOpen("/dev/kvm", Posix.O_RDWR) is { } device && Close(device)
        ? new("kvm", true, "/dev/kvm opens; whether guests run at speed shows only when one boots", null)
        : new("kvm", false, "/dev/kvm does not open: no micro virtual machines", "modprobe kvm-intel || modprobe kvm-amd");

    static async Task<SandboxCheck> DriverAsync(SandboxOptions options, CancellationToken cancellation)
    {
        try
        {
            await using var driver = await SandboxPlatform.OpenAsync(options, cancellation);
            return new("driver", true, string.Join(" ", [driver.Name + ".", .. driver.Limitations]), null);
        }
        catch (SandboxException e)
        {
            return new("driver", false, e.Message, null);
        }
    }

    static SandboxCheck Program(string name, string purpose, string package) => OciRuntime.Find(name) is [var path, ..]
        ? new(name, true, path, null)
        : new(name, false, $"not installed; {purpose}", $"apt-get install {package}");

    static bool Close(IDisposable device)
    {
        device.Dispose();
        return true;
    }

    static long Number(string file, string label)
    {
        if (!File.Exists(file))
            return 0;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal)) ?? "";
        var word = line[Math.Min(label.Length, line.Length)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(word, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }
}
