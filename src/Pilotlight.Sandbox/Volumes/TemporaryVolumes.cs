using System.Globalization;

namespace Pilotlight.Sandbox;

/// <summary>
/// Volumes of exactly the size asked for, on disk: a sparse file each, with ext4, on a loop device. (Pages of a tmpfs would be charged
/// to the memory of the function that writes them.) A full host disk is seen inside as an input/output error.
/// </summary>
public sealed class TemporaryVolumes : IAsyncDisposable
{
    /// <summary>Mode 1777.</summary>
    internal const uint OpenToAll = 0x3ff;

    const string FileSystem = "ext4";
    // Nothing here has to survive a crash, so nothing waits for the disk; zeroing what is zero already would fill the sparse file.
    const string MountOptions = "nobarrier,noinit_itable";

    readonly Lock _gate = new();
    readonly Dictionary<long, Task<VolumeTemplate>> _templates = [];
    readonly string _diskFolder;
    readonly string _mountFolder;
    readonly string _formatter;

    TemporaryVolumes(string diskFolder, string mountFolder, string formatter) =>
        (_diskFolder, _mountFolder, _formatter) = (diskFolder, mountFolder, formatter);

    /// <param name="diskFolder">For the files; a folder of this instance alone, on a file system with sparse files.</param>
    /// <param name="mountFolder">Volumes are mounted below it, under their ids.</param>
    /// <exception cref="SandboxException">There can be no volumes here; the message says what mends it.</exception>
    public static Task<TemporaryVolumes> OpenAsync(string diskFolder, string mountFolder, CancellationToken cancellation) => Task.Run(() =>
    {
        var formatter = SystemTool.Find("mkfs.ext4") ?? throw new SandboxException("mkfs.ext4 is missing (apt-get install e2fsprogs)");
        var (disk, mount) = (Path.GetFullPath(diskFolder), Path.GetFullPath(mountFolder));
        Directory.CreateDirectory(disk);
        Directory.CreateDirectory(mount);
        Probe(Path.Combine(disk, ".probe"));
        return new TemporaryVolumes(disk, mount, formatter);
    }, cancellation);

    /// <param name="id"><c>[a-z0-9-]{1,40}</c>, unique in the folders.</param>
    /// <param name="bytes">What can be written before the volume is full, at the least; a few hundredths more at the most.</param>
    /// <exception cref="SandboxException">It could not be made; nothing is left of it.</exception>
    public async Task<TemporaryVolume> CreateAsync(string id, long bytes, uint ownerUid, uint ownerGid, CancellationToken cancellation)
    {
        SandboxName.Check(id);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        var template = await GetTemplateAsync(bytes).WaitAsync(cancellation);
        return await Task.Run(() => Create(template, id, ownerUid, ownerGid), cancellation);
    }

    TemporaryVolume Create(VolumeTemplate template, string id, uint ownerUid, uint ownerGid)
    {
        var file = Path.Combine(_diskFolder, id + ".ext4");
        var path = Path.Combine(_mountFolder, id);
        try
        {
            SparseFile.Copy(template.File, file);
        }
        catch (IOException refused)
        {
            throw new SandboxException($"no volume for sandbox '{id}': {refused.Message}", refused);
        }
        try
        {
            Mount(file, path);
            return Posix.chown(path, ownerUid, ownerGid) == 0
                ? new TemporaryVolume(path, file)
                : throw new SandboxException($"no volume for sandbox '{id}': chown: {Posix.LastMessage}");
        }
        catch
        {
            Remove(path, file);
            throw;
        }
    }

    /// <summary>The template of a size, made by the first who asks, for all who ask; so none of them can cancel it.</summary>
    Task<VolumeTemplate> GetTemplateAsync(long bytes)
    {
        lock (_gate)
        {
            if (!_templates.TryGetValue(bytes, out var template) || template.IsFaulted)
                _templates[bytes] = template = Task.Run(() => MakeTemplateAsync(bytes));
            return template;
        }
    }

    async Task<VolumeTemplate> MakeTemplateAsync(long bytes)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $".template-{bytes}");
        var template = new VolumeTemplate(_formatter, Path.Combine(_diskFolder, name), Path.Combine(_mountFolder, name));
        try
        {
            await template.FormatAsync(bytes, CancellationToken.None);
            return template;
        }
        catch (Exception refused) when (refused is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new SandboxException(string.Create(CultureInfo.InvariantCulture, $"no volume of {bytes} bytes: {refused.Message}"), refused);
        }
    }

    /// <summary>Unmounts what is mounted below one folder and deletes the files in the other, whoever made them.</summary>
    public static Task ClearAsync(string diskFolder, string mountFolder, CancellationToken cancellation) => Task.Run(() =>
    {
        var (disk, mount) = (Path.GetFullPath(diskFolder), Path.GetFullPath(mountFolder));
        foreach (var volume in MountTable.Read().Select(entry => entry.Target).Where(target => target.StartsWith(mount + "/", StringComparison.Ordinal)).Reverse())
            Unmount(volume);
        LoopDevice.DetachBelow(disk);
        if (!Directory.Exists(disk))
            return;
        foreach (var file in Directory.GetFiles(disk, "*.ext4").Concat(Directory.GetFiles(disk, ".template-*")).Append(Path.Combine(disk, ".probe")))
            File.Delete(file);
    }, cancellation);

    /// <summary>The volumes themselves are their owners' to dispose; those that are left are cleared.</summary>
    public async ValueTask DisposeAsync() => await ClearAsync(_diskFolder, _mountFolder, CancellationToken.None);

    internal static void Mount(string file, string path)
    {
        Directory.CreateDirectory(path);
        using var device = LoopDevice.Attach(file);
        if (Posix.mount(device.Path, path, FileSystem, Posix.MS_NOSUID | Posix.MS_NODEV, MountOptions) != 0)
            throw new SandboxException($"{file} cannot be mounted: {Posix.LastMessage}");
    }

    /// <summary>Unmounts; where something still uses the volume, it goes with its last user.</summary>
    internal static void Unmount(string path)
    {
        if (Posix.umount2(path, Posix.UMOUNT_NOFOLLOW) != 0)
            _ = Posix.umount2(path, Posix.MNT_DETACH | Posix.UMOUNT_NOFOLLOW);
        _ = Posix.rmdir(path);
    }

    internal static void Remove(string path, string file)
    {
        Unmount(path);
        File.Delete(file);
    }

    static void Probe(string file)
    {
        SparseFile.Create(file, 64 * 1024);
        try
        {
            LoopDevice.Attach(file).Dispose();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
