namespace Pilotlight.Sandbox;

/// <summary>Interim, until volumes of a fixed size land: tmpfs.</summary>
public sealed class TemporaryVolumes : IAsyncDisposable
{
    readonly string _folder;

    TemporaryVolumes(string folder) => _folder = folder;

    public static Task<TemporaryVolumes> OpenAsync(string diskFolder, string mountFolder, CancellationToken cancellation) =>
        Task.FromResult(new TemporaryVolumes(mountFolder));

    public Task<TemporaryVolume> CreateAsync(string id, long bytes, uint ownerUid, uint ownerGid, CancellationToken cancellation)
    {
        var path = Directory.CreateDirectory(Path.Combine(_folder, id)).FullName;
        if (Posix.mount("tmpfs", path, "tmpfs", Posix.MS_NOSUID | Posix.MS_NODEV, $"size={bytes},mode=1777") < 0)
            throw new SandboxException($"no /tmp volume: {Posix.LastMessage}");
        return Task.FromResult(new TemporaryVolume(path));
    }

    public static Task ClearAsync(string diskFolder, string mountFolder, CancellationToken cancellation)
    {
        MountTable.UnmountBelow(mountFolder);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
