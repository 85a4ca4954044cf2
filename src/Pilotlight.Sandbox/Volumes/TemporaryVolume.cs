namespace Pilotlight.Sandbox;

/// <summary>Interim, until volumes of a fixed size land: a tmpfs.</summary>
public sealed class TemporaryVolume(string path) : IAsyncDisposable
{
    public string Path => path;

    public ValueTask DisposeAsync()
    {
        _ = Posix.umount2(path, Posix.MNT_DETACH);
        Directory.Delete(path);
        return ValueTask.CompletedTask;
    }
}
