namespace Pilotlight.Sandbox;

/// <summary>The <c>/tmp</c> of containers: volumes of a fixed size, or where the machine has none, folders on disk without a limit.</summary>
sealed class TemporaryFolders(TemporaryVolumes? volumes, string folder) : IAsyncDisposable
{
    /// <summary>Opens volumes; where that is impossible, says what it means instead.</summary>
    public static async Task<(TemporaryFolders Folders, string? Limitation)> OpenAsync(Instance instance, CancellationToken cancellation)
    {
        var folder = Path.Combine(instance.DiskFolder, "tmp");
        try
        {
            return (new(await TemporaryVolumes.OpenAsync(instance.DiskFolder, instance.VolumeFolder, cancellation), folder), null);
        }
        catch (SandboxException e)
        {
            return (new(null, folder), $"/tmp has no limit of its own, only the disk's: {e.Message}.");
        }
    }

    /// <summary>A folder for one sandbox, and what removes it.</summary>
    public async Task<(string Path, IAsyncDisposable Removal)> CreateAsync(string id, long bytes, uint user, uint group, CancellationToken cancellation)
    {
        if (volumes is not null)
        {
            var volume = await volumes.CreateAsync(id, bytes, user, group, cancellation);
            return (volume.Path, volume);
        }
        var path = Directory.CreateDirectory(Path.Combine(folder, id)).FullName;
        _ = Posix.chmod(path, 0x3ff); // 1777
        return (path, new Removal(path));
    }

    public async ValueTask DisposeAsync()
    {
        if (volumes is not null)
            await volumes.DisposeAsync();
    }

    sealed class Removal(string path) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Task.Run(() => Directory.Delete(path, recursive: true));
    }
}
