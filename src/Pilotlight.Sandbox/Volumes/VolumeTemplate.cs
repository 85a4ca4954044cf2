using System.Globalization;

namespace Pilotlight.Sandbox;

/// <summary>
/// An empty file system of one size, formatted once and copied for each volume of that size. The file is larger than the size by what
/// ext4 keeps for itself, which is found by trying: how much that is differs between versions of mkfs and of the kernel.
/// </summary>
sealed class VolumeTemplate(string formatter, string file, string mountPoint)
{
    const int BlockBytes = 4096;
    const int LargestAttempts = 8;

    internal string File => file;

    /// <exception cref="SandboxException">The file system cannot be made or mounted here.</exception>
    internal async Task FormatAsync(long bytes, CancellationToken cancellation)
    {
        // A file takes a little more than what is in it, and so does a folder.
        var wanted = bytes + (bytes / 256);
        var length = RoundUp(wanted);
        for (var attempt = 0; attempt < LargestAttempts; attempt++)
        {
            SparseFile.Create(file, length);
            await SystemTool.RunAsync(formatter, Arguments(), "", cancellation);
            var available = Prepare();
            if (available >= wanted)
                return;
            length += RoundUp(wanted - available);
        }
        throw new SandboxException(string.Create(CultureInfo.InvariantCulture, $"no file system of {bytes} bytes was had in {length}"));
    }

    /// <summary>Empties the file system, lets everyone write to it, and tells how many bytes it holds.</summary>
    long Prepare()
    {
        TemporaryVolumes.Mount(file, mountPoint);
        try
        {
            Directory.Delete(Path.Combine(mountPoint, "lost+found"));
            _ = Posix.chmod(mountPoint, TemporaryVolumes.OpenToAll);
            return new DriveInfo(mountPoint).AvailableFreeSpace;
        }
        finally
        {
            TemporaryVolumes.Unmount(mountPoint);
        }
    }

    // Without a journal (nothing here outlives a crash), without blocks kept for root, without room to grow.
    IEnumerable<string> Arguments() =>
    [
        "-q", "-F", "-b", BlockBytes.ToString(CultureInfo.InvariantCulture), "-I", "256", "-i", "16384", "-m", "0",
        "-O", "^has_journal,^resize_inode", "-E", "lazy_itable_init=1,nodiscard,root_owner=0:0", file,
    ];

    static long RoundUp(long bytes) => (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;
}
