namespace Pilotlight.Sandbox;

/// <summary>Makes what this process wrote readable for the users inside, whatever its umask is.</summary>
static class ReadableFolder
{
    const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    const UnixFileMode Folder = File | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static void Open(string folder)
    {
        var entry = new DirectoryInfo(folder) { UnixFileMode = Folder };
        foreach (var inner in entry.EnumerateFileSystemInfos())
        {
            if (inner.LinkTarget is not null)
                continue;
            if (inner is DirectoryInfo)
                Open(inner.FullName);
            else
                inner.UnixFileMode = File;
        }
    }
}
