using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Pilotlight.Storage;

/// <summary>A secret that outlives the process, in a file that only its owner may read. It appears whole or not at all.</summary>
public static class SecretFile
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Random bytes.</summary>
    /// <exception cref="InvalidOperationException">The file exists and holds something else.</exception>
    public static byte[] ReadOrCreate(string path, int bytes)
    {
        var secret = ReadOrCreate(path, () => RandomNumberGenerator.GetBytes(bytes));
        if (secret.Length != bytes)
            throw new InvalidOperationException(
                $"{path} should hold {bytes} bytes and holds {secret.Length}. Restore it from a backup, or delete it: what was sealed with it is lost then.");
        return secret;
    }

    /// <summary>What <paramref name="make"/> made when the file was not there yet: a key, a certificate.</summary>
    public static byte[] ReadOrCreate(string path, Func<byte[]> make)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Pilotlight runs on Linux.");
        if (!File.Exists(path))
            Create(path, make());
        if ((File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            File.SetUnixFileMode(path, OwnerOnly);
        return File.ReadAllBytes(path);
    }

    [UnsupportedOSPlatform("windows")]
    static void Create(string path, byte[] secret)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var file = new FileStream(aside, options))
            {
                file.Write(secret);
                file.Flush(flushToDisk: true);
            }

            // Another process may have been first: its file is the one to keep.
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
