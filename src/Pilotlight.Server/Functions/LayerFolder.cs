using System.Runtime.InteropServices;

namespace Pilotlight.Functions;

/// <summary>
/// Lays unpacked layers over each other. What comes later replaces what stood there, as if the zips had been extracted one over the
/// other; folders are joined. Files are hard links, so that a merged folder costs its names only. No link of a layer is ever followed.
/// </summary>
static partial class LayerFolder
{
    public static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
    };

    static readonly EnumerationOptions s_own = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Makes a folder that does not exist yet out of others, the first one lowest.</summary>
    public static void Merge(IReadOnlyList<string> folders, string target)
    {
        foreach (var folder in folders)
            Lay(new DirectoryInfo(folder), target);
    }

    static void Lay(DirectoryInfo source, string target)
    {
        if (!IsFolder(target))
        {
            Remove(target);
            Directory.CreateDirectory(target);
            File.SetUnixFileMode(target, source.UnixFileMode);
        }

        foreach (var entry in source.EnumerateFileSystemInfos("*", s_own))
        {
            var place = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                Remove(place);
                File.CreateSymbolicLink(place, link);
            }
            else if (entry is DirectoryInfo folder)
            {
                Lay(folder, place);
            }
            else
            {
                Remove(place);
                if (Link(entry.FullName, place) != 0)
                    File.Copy(entry.FullName, place);
            }
        }
    }

    /// <summary>A folder itself, not a link to one.</summary>
    static bool IsFolder(string path) => new DirectoryInfo(path) is { Exists: true, LinkTarget: null };

    static void Remove(string path)
    {
        if (IsFolder(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    /// <summary>Fails where the file system knows no hard links, or a file has too many.</summary>
    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string made);
}
