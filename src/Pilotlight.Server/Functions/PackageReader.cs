using System.Buffers;
using System.IO.Compression;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>
/// Unpacks a zip that an enemy may have made. Only regular files, folders and links that stay inside come out; sizes and checksums are
/// those of the bytes that were really inflated; links are made last, so that nothing is ever written through one.
/// </summary>
sealed class PackageReader(PackageLimits limits)
{
    const int MaxLinkBytes = 4096;
    const int MaxNameBytes = 255;
    const int MaxPathBytes = 1024;

    const UnixFileMode FolderMode = (UnixFileMode)0b111_101_101;
    const UnixFileMode ProgramMode = (UnixFileMode)0b111_101_101;
    const UnixFileMode PlainMode = (UnixFileMode)0b110_100_100;
    const int AnyExecute = 0b001_001_001;

    readonly HashSet<string> _folders = new(StringComparer.Ordinal) { "" };
    readonly HashSet<string> _files = new(StringComparer.Ordinal);
    readonly List<(string Path, string Target)> _links = [];
    long _bytes;

    /// <summary>Unpacks into a folder that does not exist yet. On failure the caller deletes what is there.</summary>
    /// <exception cref="AwsException">The zip is broken, hostile or too large.</exception>
    public void Unpack(Stream zip, string target)
    {
        try
        {
            using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Count == 0)
                throw PackageErrors.Empty.AsException();
            if (archive.Entries.Count > limits.MaxEntries)
                throw PackageErrors.NotAZip.AsException();
            Directory.CreateDirectory(target, FolderMode);
            File.SetUnixFileMode(target, FolderMode);
            foreach (var entry in archive.Entries)
                Unpack(entry, target);
            foreach (var (path, link) in _links)
                File.CreateSymbolicLink(Path.Combine(target, path), link);
        }
        catch (Exception broken) when (broken is InvalidDataException or NotSupportedException or EndOfStreamException or ArgumentException or OverflowException)
        {
            throw PackageErrors.NotAZip.AsException();
        }
    }

    void Unpack(ZipArchiveEntry entry, string target)
    {
        Require(!entry.IsEncrypted);
        var isFolder = entry.FullName.EndsWith('/');
        var path = Checked(isFolder ? entry.FullName[..^1] : entry.FullName);
        switch (ZipEntryKind.Of(entry, isFolder))
        {
            case ZipEntryKind.Folder:
                Require(entry.Length == 0);
                AddFolder(path, target);
                break;
            case ZipEntryKind.File:
                AddFile(entry, path, target);
                break;
            case ZipEntryKind.Link:
                AddLink(entry, path, target);
                break;
            default:
                throw PackageErrors.NotAZip.AsException();
        }
    }

    /// <summary>The path, relative and in normal form. Anything that would have to be normalised is refused, not repaired.</summary>
    static string Checked(string path)
    {
        if (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        if (path == ".")
            return "";
        Require(path.Length > 0 && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes && !path.AsSpan().ContainsAny('\\', '\0'));
        foreach (var name in path.Split('/'))
            Require(name is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes);
        return path;
    }

    void AddFolder(string path, string target)
    {
        if (_folders.Contains(path))
            return;
        Require(!_files.Contains(path));
        AddFolder(ParentOf(path), target);
        var full = Path.Combine(target, path);
        Directory.CreateDirectory(full, FolderMode);
        File.SetUnixFileMode(full, FolderMode);
        _folders.Add(path);
        Require(_folders.Count + _files.Count <= limits.MaxEntries);
    }

    void AddFile(ZipArchiveEntry entry, string path, string target)
    {
        AddFolder(ParentOf(path), target);
        Require(!_folders.Contains(path) && _files.Add(path));
        var full = Path.Combine(target, path);
        using (var file = new FileStream(full, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            Inflate(entry, file);
        var executable = ((entry.ExternalAttributes >> 16) & AnyExecute) != 0;
        File.SetUnixFileMode(full, executable ? ProgramMode : PlainMode);
    }

    void AddLink(ZipArchiveEntry entry, string path, string target)
    {
        AddFolder(ParentOf(path), target);
        Require(!_folders.Contains(path) && _files.Add(path) && entry.Length is > 0 and <= MaxLinkBytes);
        using var text = new MemoryStream();
        Inflate(entry, text);
        var link = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer(), 0, (int)text.Length);
        Require(StaysInside(link, path.Count(letter => letter == '/')));
        _links.Add((path, link));
    }

    /// <summary>
    /// Climbs first, at most to the root, and then only descends. With <c>..</c> after a name, that name could itself be a link and the
    /// climb begin somewhere else.
    /// </summary>
    static bool StaysInside(string link, int depth)
    {
        if (link.Length == 0 || link[0] == '/' || link.AsSpan().ContainsAny('\\', '\0'))
            return false;
        var climbs = 0;
        var descended = false;
        foreach (var name in link.Split('/'))
        {
            if (name == ".." && (descended || ++climbs > depth))
                return false;
            descended |= name is not ("" or "." or "..");
        }

        return true;
    }

    void Inflate(ZipArchiveEntry entry, Stream target)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            using var source = entry.Open();
            var checksum = Crc32.Start;
            long length = 0;
            for (int read; (read = source.Read(buffer)) > 0; length += read)
            {
                _bytes += read;
                if (_bytes > limits.MaxUnzippedBytes)
                    throw PackageErrors.UnzippedTooLarge(limits.MaxUnzippedBytes).AsException();
                checksum = Crc32.Append(checksum, buffer.AsSpan(0, read));
                target.Write(buffer, 0, read);
            }

            Require(length == entry.Length && Crc32.Finish(checksum) == entry.Crc32);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static string ParentOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";

    static void Require(bool holds)
    {
        if (!holds)
            throw PackageErrors.NotAZip.AsException();
    }
}
