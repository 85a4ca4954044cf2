using System.IO.Compression;

namespace Pilotlight.Cli;

/// <summary>
/// Packs a folder as a function's zip. The same files give the same bytes, whenever and wherever they were packed, so that the
/// platform recognises a package it has.
/// </summary>
static class FolderPackage
{
    /// <summary>AWS's limit for the unpacked code.</summary>
    public const long MaxUnzippedBytes = 262_144_000;

    const int RegularFile = 0x8000;
    const int SymbolicLink = 0xA000;
    const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    static readonly DateTimeOffset EntryTime = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The zip. <paramref name="maxBytes"/> bounds what is packed, unpacked.</summary>
    public static byte[] Pack(string folder, long maxBytes = MaxUnzippedBytes)
    {
        var root = Path.GetFullPath(folder);
        var total = 0L;
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, file) in Files(root, "").OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                total += file.LinkTarget is null ? file.Length : 0;
                if (total > maxBytes)
                    throw CliException.Usage($"{folder} holds more than the {maxBytes} bytes that a function may have");
                Add(zip, root, name, file);
            }
        }

        return buffer.ToArray();
    }

    static IEnumerable<(string Name, FileInfo File)> Files(string folder, string prefix)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            var name = prefix + entry.Name;
            if (IsLeftOut(name, entry.Name))
                continue;
            if (entry is FileInfo file)
                yield return (name, file);
            else if (entry.LinkTarget is not null)
                yield return (name, new FileInfo(entry.FullName));
            else
            {
                foreach (var inner in Files(entry.FullName, name + "/"))
                    yield return inner;
            }
        }
    }

    static bool IsLeftOut(string path, string name) =>
        name is ".git" or "__pycache__" or ".DS_Store" || path == FunctionSettings.FileName || path.EndsWith("node_modules/.cache", StringComparison.Ordinal);

    static void Add(ZipArchive zip, string root, string name, FileInfo file)
    {
        if (file.LinkTarget is not { } target)
        {
            AddFile(zip, name, file);
            return;
        }

        var resolved = Path.GetFullPath(target, Path.GetDirectoryName(file.FullName)!);
        if (!Path.IsPathRooted(target) && resolved.StartsWith(root + "/", StringComparison.Ordinal))
            AddLink(zip, name, target);
        else if (File.Exists(resolved))
            AddFile(zip, name, new FileInfo(resolved));
        else
            throw CliException.Usage($"{name} is a link to {target}, which is not in the folder", "copy it into the folder, or package what it points to");
    }

    static void AddFile(ZipArchive zip, string name, FileInfo file)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = EntryTime;
        // Group and others may read: the function runs as another user than the one who packed it, as on AWS.
        var mode = (file.UnixFileMode & AnyExecute) != 0 ? 0b111_101_101 : 0b110_100_100;
        entry.ExternalAttributes = (RegularFile | mode) << 16;

        // What has no length is not opened: it may be a FIFO, and opening one waits for ever.
        if (file.Length == 0)
            return;
        using var source = file.OpenRead();
        using var packed = entry.Open();
        source.CopyTo(packed);
    }

    static void AddLink(ZipArchive zip, string name, string target)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = EntryTime;
        entry.ExternalAttributes = (SymbolicLink | 0b111_111_111) << 16;
        using var writer = new StreamWriter(entry.Open());
        writer.Write(target);
    }
}
