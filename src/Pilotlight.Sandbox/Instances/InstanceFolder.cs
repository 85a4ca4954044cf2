using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>
/// A folder that belongs to one process for as long as it lives: the kernel lets go of the lock inside it however the process ends.
/// </summary>
sealed class InstanceFolder : IDisposable
{
    const string LockFile = "lock";
    const string NewPrefix = ".new-";

    readonly SafeFileHandle _lock;

    InstanceFolder(string path, SafeFileHandle held)
    {
        FolderPath = path;
        _lock = held;
    }

    public string FolderPath { get; }

    public string Name => Path.GetFileName(FolderPath);

    /// <summary>Makes the folder <paramref name="name"/> below <paramref name="parent"/> and locks it.</summary>
    public static InstanceFolder Create(string parent, string name)
    {
        // Locked before it has its name, so that nobody ever sees it without its owner.
        var path = Path.Combine(parent, name);
        var unnamed = Directory.CreateDirectory(Path.Combine(parent, NewPrefix + name)).FullName;
        var held = Posix.TryOpen(Path.Combine(unnamed, LockFile), Posix.O_RDWR | Posix.O_CREAT)
            ?? throw new SandboxException($"{unnamed} cannot be written: {Posix.LastMessage}");
        if (Posix.flock(held, Posix.LOCK_EX | Posix.LOCK_NB) < 0)
            throw new SandboxException($"{unnamed} cannot be locked: {Posix.LastMessage}");
        // The users inside pass through it, whatever the umask is.
        if (Posix.IsRoot)
            _ = Posix.chmod(unnamed, 0x1c9); // 0711
        Directory.Move(unnamed, path);
        return new(path, held);
    }

    /// <summary>The folders below <paramref name="parent"/> whose owner has died, each locked by the caller from now on.</summary>
    public static IEnumerable<InstanceFolder> TakeAbandoned(string parent)
    {
        if (!Directory.Exists(parent))
            yield break;
        foreach (var path in Directory.GetDirectories(parent))
        {
            var held = Posix.TryOpen(Path.Combine(path, LockFile), Posix.O_RDWR);
            if (held is null)
                continue;
            if (Posix.flock(held, Posix.LOCK_EX | Posix.LOCK_NB) == 0)
                yield return new(path, held);
            else
                held.Dispose();
        }
    }

    /// <summary>Removes the folder and everything in it, the lock last.</summary>
    public void Remove()
    {
        if (Directory.Exists(FolderPath))
        {
            foreach (var entry in Directory.GetFileSystemEntries(FolderPath))
            {
                if (Path.GetFileName(entry) == LockFile)
                    continue;
                if (new FileInfo(entry) is { Exists: true } or { LinkTarget: not null })
                    File.Delete(entry);
                else
                    Directory.Delete(entry, recursive: true);
            }
            Directory.Delete(FolderPath, recursive: true);
        }
        Dispose();
    }

    public void Dispose() => _lock.Dispose();
}
