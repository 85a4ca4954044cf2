using System.Security.Cryptography;

namespace Pilotlight.Sandbox;

/// <summary>
/// This process's claim on the machine: one name that is in every group, network and folder it makes, so that after its death,
/// of whatever kind, the name is enough to clear them.
/// </summary>
sealed class Instance : IDisposable
{
    const string DiskFile = "disk";

    readonly InstanceFolder _state;
    readonly InstanceFolder _disk;

    Instance(InstanceFolder state, InstanceFolder disk)
    {
        _state = state;
        _disk = disk;
    }

    public string Name => _state.Name;

    /// <summary>Small things, gone after a boot.</summary>
    public string StateFolder => _state.FolderPath;

    /// <summary>Large things, on disk.</summary>
    public string DiskFolder => _disk.FolderPath;

    /// <summary>Where volumes are mounted.</summary>
    public string VolumeFolder => Path.Combine(StateFolder, "volumes");

    public static string StateRoot(SandboxOptions options) =>
        options.StateFolder
        ?? (Posix.IsRoot ? "/run/pilotlight"
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? Path.GetTempPath(), $"pilotlight-{Posix.geteuid()}"));

    static string DiskRoot(SandboxOptions options) => Path.Combine(Path.GetFullPath(options.DiskFolder), "sandboxes");

    /// <summary>Claims a new name, after clearing what those left that have died.</summary>
    public static async Task<Instance> ClaimAsync(SandboxOptions options, ControlGroupLayout groups, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            var (stateRoot, diskRoot) = (MakeRoot(StateRoot(options)), MakeRoot(DiskRoot(options)));
            foreach (var abandoned in InstanceFolder.TakeAbandoned(stateRoot))
                await ClearAsync(abandoned, groups, time, cancellation);
            // Those whose state went with a boot.
            foreach (var abandoned in InstanceFolder.TakeAbandoned(diskRoot))
                abandoned.Remove();

            var name = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 6);
            var disk = InstanceFolder.Create(diskRoot, name);
            var state = InstanceFolder.Create(stateRoot, name);
            File.WriteAllText(Path.Combine(state.FolderPath, DiskFile), disk.FolderPath);
            return new(state, disk);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"the sandbox's folders cannot be used: {e.Message}; set Sandbox:StateFolder and the data folder", e);
        }
    }

    static string MakeRoot(string folder)
    {
        Directory.CreateDirectory(folder);
        // The users inside have to pass through, on their way to what is mounted for them.
        if (Posix.IsRoot)
            _ = Posix.chmod(folder, 0x1c9); // 0711
        return folder;
    }

    static async Task ClearAsync(InstanceFolder state, ControlGroupLayout groups, TimeProvider time, CancellationToken cancellation)
    {
        await new ControlGroupTree(groups, state.Name, time).ClearAsync();
        if (Posix.IsRoot)
        {
            await SandboxNetworks.ClearAsync(state.Name, cancellation);
            var diskFile = Path.Combine(state.FolderPath, DiskFile);
            if (File.Exists(diskFile) && await File.ReadAllTextAsync(diskFile, cancellation) is { Length: > 0 } disk && Directory.Exists(disk))
                await TemporaryVolumes.ClearAsync(disk, Path.Combine(state.FolderPath, "volumes"), cancellation);
            MountTable.UnmountBelow(state.FolderPath);
        }
        state.Remove();
    }

    /// <summary>Removes the folders. Everything in them has to be stopped and unmounted.</summary>
    public void Remove()
    {
        if (Posix.IsRoot)
            MountTable.UnmountBelow(StateFolder);
        _disk.Remove();
        _state.Remove();
    }

    public void Dispose()
    {
        _state.Dispose();
        _disk.Dispose();
    }
}
