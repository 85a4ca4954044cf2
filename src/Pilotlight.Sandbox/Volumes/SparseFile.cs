using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>Files with holes: made at full size without taking space, and copied without filling the holes.</summary>
static partial class SparseFile
{
    const int SeekData = 3, SeekHole = 4;
    const int NoSuchAddress = 6;
    const uint Clone = 0x40049409;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    static readonly FileStreamOptions CreateNew = new()
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.ReadWrite,
        UnixCreateMode = OwnerOnly,
        BufferSize = 0,
    };

    /// <summary>Makes the file, or empties it, as one hole of that length.</summary>
    internal static void Create(string path, long bytes)
    {
        File.Delete(path);
        using var file = new FileStream(path, CreateNew);
        file.SetLength(bytes);
    }

    /// <exception cref="IOException">There is such a file already, or it could not be copied; nothing is left of it then.</exception>
    internal static void Copy(string source, string target)
    {
        using var from = File.OpenHandle(source);
        using var stream = new FileStream(target, CreateNew);
        try
        {
            var to = stream.SafeFileHandle;
            // File systems that share blocks (btrfs, XFS) copy nothing at all.
            if (SystemControl(to, Clone, (int)from.DangerousGetHandle()) == 0)
                return;
            stream.SetLength(RandomAccess.GetLength(from));
            CopyData(from, to);
        }
        catch
        {
            File.Delete(target);
            throw;
        }
    }

    static void CopyData(SafeFileHandle from, SafeFileHandle to)
    {
        for (var end = 0L; ;)
        {
            var start = SystemSeek(from, end, SeekData);
            if (start < 0 && Marshal.GetLastPInvokeError() == NoSuchAddress)
                return;
            end = start < 0 ? -1 : SystemSeek(from, start, SeekHole);
            if (end < 0)
                throw new IOException($"seek: {Posix.LastMessage}");
            var (readAt, writeAt) = (start, start);
            while (readAt < end)
            {
                var copied = SystemCopy(from, ref readAt, to, ref writeAt, (nuint)(end - readAt), 0);
                if (copied <= 0)
                    throw new IOException($"copy: {(copied < 0 ? Posix.LastMessage : "the file became shorter")}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long SystemSeek(SafeFileHandle file, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static partial nint SystemCopy(SafeFileHandle from, ref long fromOffset, SafeFileHandle to, ref long toOffset, nuint bytes, uint flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int SystemControl(SafeFileHandle file, nuint request, nint argument);
}
