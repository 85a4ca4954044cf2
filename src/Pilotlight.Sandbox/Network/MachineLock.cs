namespace Pilotlight.Sandbox;

/// <summary>Held while an instance decides about what all instances on this machine share. The kernel frees it when the process dies.</summary>
sealed class MachineLock : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    readonly FileStream _file;

    MachineLock(FileStream file) => _file = file;

    internal static async Task<MachineLock> TakeAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Forwarding.StateFolder);
        while (true)
        {
            try
            {
                // FileShare.None is flock(2).
                return new MachineLock(new FileStream($"{Forwarding.StateFolder}/network.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellation);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
