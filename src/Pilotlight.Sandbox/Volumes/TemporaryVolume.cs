namespace Pilotlight.Sandbox;

/// <summary>
/// A mounted file system of a fixed size, mode 1777. Disposing destroys what is in it; it never throws and may be called twice.
/// </summary>
public sealed class TemporaryVolume : IAsyncDisposable
{
    readonly string _file;
    int _disposed;

    internal TemporaryVolume(string path, string file) => (Path, _file) = (path, file);

    /// <summary>Where it is mounted on the host.</summary>
    public string Path { get; }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await Task.Run(() => TemporaryVolumes.Remove(Path, _file));
    }
}
