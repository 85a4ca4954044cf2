namespace Pilotlight.Sandbox;

/// <summary>What the containers of one instance share.</summary>
sealed class ContainerHost : IAsyncDisposable
{
    readonly CleanUp _cleanUp = new();

    ContainerHost(Instance instance, ControlGroupLayout layout, string guestPath, TimeProvider time)
    {
        (Layout, GuestPath, Time) = (layout, guestPath, time);
        Groups = new(layout, instance.Name, time);
        BundleFolder = Path.Combine(instance.StateFolder, "bundles");
    }

    public ControlGroupLayout Layout { get; }
    public ControlGroupTree Groups { get; }
    public string BundleFolder { get; }
    public string GuestPath { get; }
    public TimeProvider Time { get; }
    public bool LimitsSwap { get; private init; }
    public List<string> Limitations { get; } = [];
    public required RootFolders Roots { get; init; }
    public required TemporaryFolders Folders { get; init; }
    public required SandboxNetworks Networks { get; init; }
    public required OciRuntime Runtime { get; init; }

    /// <summary>Prepares everything for one runtime. The instance is the caller's still, should this fail.</summary>
    public static async Task<ContainerHost> OpenAsync(
        Instance instance, string runtimePath, SandboxOptions options, ControlGroupLayout layout, TimeProvider time, CancellationToken cancellation)
    {
        var cleanUp = new CleanUp();
        try
        {
            ControlGroupLayout.FavorDynamicMoves(instance.StateFolder);
            ShareMounts(instance.VolumeFolder);
            var exits = new ExitWatcher();
            cleanUp.Add(exits);
            var launches = await LaunchThread.OpenAsync(layout.HiddenMount);
            cleanUp.Add(launches);
            var (networks, limitations) = await OpenNetworksAsync(instance, options);
            cleanUp.Add(networks);
            var (folders, noVolumes) = await TemporaryFolders.OpenAsync(instance, cancellation);
            cleanUp.Add(folders);
            var roots = MakeAnew(Path.Combine(instance.StateFolder, "roots"));
            var state = MakeAnew(Path.Combine(instance.StateFolder, "oci"));
            var host = new ContainerHost(instance, layout, options.GuestPath, time)
            {
                Roots = new(roots, Path.GetFullPath(options.GuestPath), launches),
                Folders = folders,
                Networks = networks,
                Runtime = new(runtimePath, state, launches, exits, time),
                LimitsSwap = CanLimitSwap(layout),
            };
            host.Limitations.AddRange(limitations);
            if (noVolumes is not null)
                host.Limitations.Add(noVolumes);
            host._cleanUp.Add(cleanUp.RunAsync);
            host._cleanUp.Add(host.Groups.ClearAsync);
            host.Groups.HoldFreezer();
            if (!host.LimitsSwap && File.ReadLines("/proc/swaps").Skip(1).Any())
                host.Limitations.Add("Memory limits do not count swap on this machine: start the kernel with swapaccount=1, or turn swap off (swapoff -a).");
            return host;
        }
        catch
        {
            await cleanUp.RunAsync();
            throw;
        }
    }

    /// <summary>Empty, even if another runtime was tried in it before.</summary>
    static string MakeAnew(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        _ = Posix.chmod(folder, 0x1c9); // 0711
        return folder;
    }

    static async Task<(SandboxNetworks Networks, IReadOnlyList<string> Limitations)> OpenNetworksAsync(Instance instance, SandboxOptions options)
    {
        if (options.Network == "none")
            return (new(instance.Name, NetworkAccess.None), []);
        var networks = new SandboxNetworks(instance.Name, NetworkAccess.Nat);
        try
        {
            var network = await networks.OpenAsync(NetworkAccess.Nat);
            return (networks, network.Limitations);
        }
        catch (SandboxException e)
        {
            return (new(instance.Name, NetworkAccess.None), [$"Functions reach no network but the platform: {e.Message}"]);
        }
    }

    /// <summary>Lets what is mounted below the folder from now on appear in the launch thread's namespace too.</summary>
    static void ShareMounts(string folder)
    {
        Directory.CreateDirectory(folder);
        _ = Posix.chmod(folder, 0x1c9); // 0711
        if (MountTable.Read().Any(mount => mount.Target == folder))
            return;
        if (Posix.mount(folder, folder, null, Posix.MS_BIND, null) < 0 || Posix.mount(null, folder, null, Posix.MS_SHARED, null) < 0)
            throw new SandboxException($"{folder} cannot be mounted: {Posix.LastMessage}");
    }

    static bool CanLimitSwap(ControlGroupLayout layout) => layout.IsUnified
        ? Directory.EnumerateDirectories(layout.Version2!).Any(group => File.Exists(group + "/memory.swap.max"))
        : File.Exists(layout.Version1.GetValueOrDefault("memory") + "/memory.memsw.limit_in_bytes");

    public async ValueTask DisposeAsync() => await _cleanUp.RunAsync();
}
