using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>Held while an instance decides about what all instances on this machine share. The kernel frees it when the process dies.</summary>
sealed class MachineLock : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    readonly SafeFileHandle _file;

    MachineLock(SafeFileHandle file) => _file = file;

    internal static async Task<MachineLock> TakeAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Forwarding.StateFolder);
        var path = Path.Combine(Forwarding.StateFolder, "network.lock");
        var file = Posix.TryOpen(path, Posix.O_RDWR | Posix.O_CREAT) ?? throw new SandboxException($"{path} cannot be opened: {Posix.LastMessage}");
        try
        {
            while (Posix.flock(file, Posix.LOCK_EX | Posix.LOCK_NB) != 0)
            {
                if (Marshal.GetLastPInvokeError() is not (Posix.EAGAIN or Posix.EINTR))
                    throw new SandboxException($"{path} cannot be locked: {Posix.LastMessage}");
                await Task.Delay(Pause, TimeProvider.System, cancellation);
            }
            return new MachineLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();
}
