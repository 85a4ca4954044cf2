using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>
/// A file as a block device. The device frees itself with its last user: once it is mounted, this handle may be closed.
/// </summary>
sealed partial class LoopDevice : IDisposable
{
    const string Control = "/dev/loop-control";
    const string Blocks = "/sys/block";
    const uint GetFree = 0x4C82, Configure = 0x4C0A, Detach = 0x4C01;
    const uint FreesItself = 4;

    readonly SafeFileHandle _device;

    LoopDevice(string path, SafeFileHandle device) => (Path, _device) = (path, device);

    internal string Path { get; }

    public void Dispose() => _device.Dispose();

    /// <exception cref="SandboxException">There are no loop devices here, or none is to be had; the message says what mends it.</exception>
    internal static LoopDevice Attach(string file)
    {
        // Whoever else wants a device is told of the same free one; only one gets it.
        const int attempts = 200;
        using var backing = Posix.TryOpen(file, Posix.O_RDWR) ?? throw new SandboxException($"{file} cannot be opened: {Posix.LastMessage}");
        using var control = Posix.TryOpen(Control, Posix.O_RDWR)
            ?? throw new SandboxException($"no loop devices: {Control}: {Posix.LastMessage} (modprobe loop; in a container, pass {Control} and /dev/loop* in)");
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            var number = SystemControl(control, GetFree, 0);
            if (number < 0)
                throw new SandboxException($"no free loop device: {Posix.LastMessage}");
            var path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}");
            if (TryConfigure(path, backing) is { } device)
                return new LoopDevice(path, device);
        }
        throw new SandboxException($"no free loop device: others took each of {attempts}");
    }

    /// <summary>Detaches the devices whose file is, or was, in a folder.</summary>
    internal static void DetachBelow(string folder)
    {
        if (!Directory.Exists(Blocks))
            return;
        foreach (var block in Directory.GetDirectories(Blocks, "loop*"))
        {
            if (FileOf(block) is not { } file || !file.StartsWith(folder + "/", StringComparison.Ordinal))
                continue;
            using var device = Posix.TryOpen($"/dev/{System.IO.Path.GetFileName(block)}", Posix.O_RDWR);
            if (device is not null)
                _ = SystemControl(device, Detach, 0);
        }
    }

    /// <summary>The file behind a device, as the kernel names it (with <c> (deleted)</c> when it is); null when the device is free.</summary>
    static string? FileOf(string block)
    {
        try
        {
            return File.ReadAllText($"{block}/loop/backing_file").TrimEnd('\n');
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <returns>Null when another took the device.</returns>
    static unsafe SafeFileHandle? TryConfigure(string path, SafeFileHandle backing)
    {
        var device = Posix.TryOpen(path, Posix.O_RDWR);
        if (device is null)
        {
            if (Marshal.GetLastPInvokeError() is Posix.EBUSY)
                return null;
            throw new SandboxException($"{path} cannot be opened: {Posix.LastMessage} (in a container, pass /dev/loop* in)");
        }
        var held = false;
        try
        {
            backing.DangerousAddRef(ref held);
            var configuration = new LoopConfiguration { File = (uint)backing.DangerousGetHandle(), Flags = FreesItself };
            if (SystemControl(device, Configure, (nint)(&configuration)) == 0)
                return device;
        }
        finally
        {
            if (held)
                backing.DangerousRelease();
        }
        var error = Marshal.GetLastPInvokeError();
        device.Dispose();
        return error is Posix.EBUSY
            ? null
            : throw new SandboxException($"{path} cannot be used: {Marshal.GetPInvokeErrorMessage(error)} (Linux 5.8 or later is needed)");
    }

    /// <summary><c>struct loop_config</c> of <c>linux/loop.h</c>: 304 bytes, of which these are set.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 304)]
    struct LoopConfiguration
    {
        [FieldOffset(0)] internal uint File;
        [FieldOffset(4)] internal uint BlockBytes;
        // struct loop_info64 begins at 8; its lo_flags stand at 52.
        [FieldOffset(8 + 52)] internal uint Flags;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int SystemControl(SafeFileHandle descriptor, nuint request, nint argument);
}
