using System.Security.Cryptography;

namespace Pilotlight.Storage;

/// <summary>
/// Files under their SHA-256, written once: <c>blobs/ab/abcdef…</c>. A blob appears whole (written aside, flushed, renamed) or not at all.
/// </summary>
public sealed class BlobStore(string folder)
{
    /// <summary>Stores the bytes and returns their SHA-256 in lower-case hex.</summary>
    public async Task<string> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        var path = PathOf(hash);
        if (File.Exists(path))
            return hash;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            await using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                await file.WriteAsync(content, cancellation);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }

        return hash;
    }

    /// <summary>Where the blob lies, whether or not it exists.</summary>
    public string PathOf(string hash) => Path.Combine(folder, hash[..2], hash);

    public bool Exists(string hash) => File.Exists(PathOf(hash));

    public FileStream OpenRead(string hash) => new(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);

    public void Delete(string hash) => File.Delete(PathOf(hash));
}
