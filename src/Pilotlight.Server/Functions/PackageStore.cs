using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Functions;

/// <summary>A package that was accepted: its blob is stored and its folder unpacked. Disposing gives up this use of it.</summary>
public sealed class PackageLease(string hash, long sizeBytes, IDisposable use) : IDisposable
{
    /// <summary>SHA-256 of the zip, lower-case hex.</summary>
    public string Hash { get; } = hash;

    public long SizeBytes { get; } = sizeBytes;

    /// <summary>The image that stands in for a package; null for zips.</summary>
    public string? ImageUri { get; init; }

    public void Dispose() => use.Dispose();
}

/// <summary>
/// Code packages: the zip as a blob under its SHA-256, unpacked once a hash into <c>code/HASH</c>. Both live as long as somebody uses
/// them: a function version, a running environment, an operation under way.
/// </summary>
public sealed partial class PackageStore(DataFolder folder, BlobStore blobs, PackageLimits limits, TimeProvider time, ILogger<PackageStore> log)
    : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<string, DateTimeOffset> _due = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    readonly CancellationTokenSource _stopping = new();
    Task _deletions = Task.CompletedTask;

    public PackageLimits Limits => limits;

    /// <summary>A zip that came in a request.</summary>
    /// <exception cref="AwsException">It is too large, or no zip that can be unpacked safely.</exception>
    public Task<PackageLease> AddAsync(ReadOnlyMemory<byte> zip, CancellationToken cancellation) => AddAsync(zip, limits.MaxZippedBytes, cancellation);

    /// <summary>Checks, stores and unpacks a zip. Nothing of a refused one stays on disk.</summary>
    /// <param name="maxZippedBytes">What comes from a bucket may be larger than what comes in a request.</param>
    /// <exception cref="AwsException">It is too large, or no zip that can be unpacked safely.</exception>
    public async Task<PackageLease> AddAsync(ReadOnlyMemory<byte> zip, long maxZippedBytes, CancellationToken cancellation)
    {
        if (zip.IsEmpty)
            throw PackageErrors.Empty.AsException();
        if (zip.Length > maxZippedBytes)
            throw PackageErrors.ZippedTooLarge(maxZippedBytes).AsException();
        var hash = Convert.ToHexStringLower(SHA256.HashData(zip.Span));
        var use = Use(hash);
        try
        {
            if (!Directory.Exists(PathOf(hash)))
                await Task.Run(() => Unpack(hash, new ReadOnlyMemoryStream(zip)), cancellation);
            await blobs.PutAsync(zip, cancellation);
            return new PackageLease(hash, zip.Length, use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    /// <summary>The unpacked package, unpacked again if it is missing. Hold a <see cref="Use(FunctionVersion)"/> for as long as it is needed.</summary>
    public string FolderOf(FunctionVersion version) => FolderOf(version.CodeHash);

    /// <summary>What a version sees at <c>/opt</c>: its layers, merged once for all that have the same ones; null when it has none.</summary>
    public string? LayersFolderOf(FunctionVersion version)
    {
        if (version.Layers is not { Count: > 0 } layers)
            return null;
        if (layers.Count == 1)
            return FolderOf(layers[0].CodeHash);
        var key = LayerSetOf(layers);
        var path = PathOf(key);
        if (!Directory.Exists(path))
            Make(key, aside => LayerFolder.Merge([.. layers.Select(layer => FolderOf(layer.CodeHash))], aside));
        return path;
    }

    /// <summary>Bytes of all files of an unpacked package.</summary>
    public long UnzippedBytesOf(string hash)
    {
        using var use = Use(hash);
        return new DirectoryInfo(FolderOf(hash)).EnumerateFiles("*", LayerFolder.Everything).Sum(file => file.LinkTarget is null ? file.Length : 0);
    }

    public FileStream OpenZip(string hash) => blobs.OpenRead(hash);

    public bool Exists(string hash) => blobs.Exists(hash);

    /// <summary>Keeps a package on disk until the result is disposed.</summary>
    public IDisposable Use(string hash)
    {
        lock (_gate)
            _uses[hash] = _uses.GetValueOrDefault(hash) + 1;
        return new Lease(this, hash);
    }

    /// <summary>Keeps all that a version runs with on disk until the result is disposed.</summary>
    public IDisposable Use(FunctionVersion version)
    {
        Keep(PackagesOf(version));
        return new VersionLease(this, version);
    }

    internal void Keep(Function function) => Keep(function.All().SelectMany(PackagesOf));

    internal void Release(Function function) => Release(function.All().SelectMany(PackagesOf));

    internal void Keep(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
                _uses[key] = _uses.GetValueOrDefault(key) + 1;
        }
    }

    internal void Release(IEnumerable<string> keys)
    {
        foreach (var key in keys)
            Release(key);
    }

    /// <summary>Code, layers, and the folder of the merged layers.</summary>
    static IEnumerable<string> PackagesOf(FunctionVersion version)
    {
        if (version.IsImage)
            yield break;
        yield return version.CodeHash;
        if (version.Layers is not { Count: > 0 } layers)
            yield break;
        foreach (var layer in layers)
            yield return layer.CodeHash;
        if (layers.Count > 1)
            yield return LayerSetOf(layers);
    }

    /// <summary>Names the folder of merged layers by what is in it, in order.</summary>
    static string LayerSetOf(IReadOnlyList<FunctionLayer> layers) =>
        "layers-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', layers.Select(layer => layer.CodeHash)))));

    /// <summary>Completes when everything is deleted that nobody used any more when this was called.</summary>
    public Task WhenDeletedAsync()
    {
        lock (_gate)
            return _deletions;
    }

    /// <summary>Leaves to the next start's sweep what is not due yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await WhenDeletedAsync();
    }

    /// <summary>What an earlier process left: listed before the first request, because later this process makes such files itself.</summary>
    public IReadOnlyList<string> FindOnDisk()
    {
        Directory.CreateDirectory(folder.Code);
        Directory.CreateDirectory(folder.Blobs);
        return [.. Directory.EnumerateDirectories(folder.Code), .. Directory.EnumerateFiles(folder.Blobs, "*", SearchOption.AllDirectories)];
    }

    /// <summary>Deletes of these what is half-written, and packages that nothing uses any more.</summary>
    public void Sweep(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            var name = Path.GetFileName(path);
            try
            {
                if (name.StartsWith(Aside, StringComparison.Ordinal))
                    DeleteTree(path);
                else if (name.EndsWith(".tmp", StringComparison.Ordinal))
                    File.Delete(path);
                else
                    DeleteIfUnused(name, DateTimeOffset.MaxValue);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                NotDeleted(failure, name);
            }
        }
    }

    /// <summary>
    /// Unpacked folders are renamed into place but not flushed one file at a time: after the machine itself went down they may hold
    /// torn files, so they are made anew from the blobs, which are flushed.
    /// </summary>
    public void DistrustAfterReboot()
    {
        Directory.CreateDirectory(folder.Code);
        var mark = Path.Combine(folder.Code, ".boot-id");
        var boot = File.Exists(BootId) ? File.ReadAllText(BootId).Trim() : "";
        if (File.Exists(mark) && File.ReadAllText(mark) == boot)
            return;
        foreach (var path in Directory.EnumerateDirectories(folder.Code))
        {
            if (!Path.GetFileName(path).StartsWith(Aside, StringComparison.Ordinal))
                MoveAside(path);
        }

        File.WriteAllText(mark, boot);
    }

    const string Aside = ".aside-";
    const string BootId = "/proc/sys/kernel/random/boot_id";

    string PathOf(string hash) => Path.Combine(folder.Code, hash);

    string FolderOf(string hash)
    {
        var path = PathOf(hash);
        if (!Directory.Exists(path))
        {
            using var zip = new FileStream(blobs.PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read);
            Unpack(hash, zip);
        }

        return path;
    }

    void Unpack(string hash, Stream zip) => Make(hash, aside => new PackageReader(limits).Unpack(zip, aside));

    /// <summary>Makes a folder aside and renames it into place: it is there whole, or not at all.</summary>
    void Make(string key, Action<string> fill)
    {
        Directory.CreateDirectory(folder.Code);
        var aside = Path.Combine(folder.Code, $"{Aside}{Guid.NewGuid():n}");
        try
        {
            fill(aside);
            if (!Directory.Exists(PathOf(key)))
                Directory.Move(aside, PathOf(key));
        }
        catch (IOException) when (Directory.Exists(PathOf(key)))
        {
            // Somebody else made the same folder in the meantime.
        }
        finally
        {
            DeleteTree(aside);
        }
    }

    void Release(string hash)
    {
        lock (_gate)
        {
            if (_uses.TryGetValue(hash, out var uses) && uses > 1)
            {
                _uses[hash] = uses - 1;
                return;
            }

            _uses.Remove(hash);
            var due = time.GetUtcNow() + limits.KeepUnused;
            _due[hash] = due;
            _deletions = DeleteAfterAsync(_deletions, hash, due);
        }
    }

    /// <summary>Deletions come due in the order in which the last uses ended, and run one after the other.</summary>
    async Task DeleteAfterAsync(Task before, string hash, DateTimeOffset due)
    {
        await before;
        if (due - time.GetUtcNow() is { Ticks: > 0 } wait)
            await Task.Delay(wait, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_stopping.IsCancellationRequested)
            await Task.Run(() => DeleteIfUnused(hash, due));
    }

    /// <param name="due">The end of the use that asked for the deletion; a later use has asked for its own.</param>
    void DeleteIfUnused(string hash, DateTimeOffset due)
    {
        string? aside = null;
        try
        {
            lock (_gate)
            {
                // Two renames under the lock: nobody can start to use what is half gone.
                if (_uses.ContainsKey(hash) || (_due.TryGetValue(hash, out var latest) && latest > due))
                    return;
                _due.Remove(hash);
                if (Directory.Exists(PathOf(hash)))
                    aside = MoveAside(PathOf(hash));
                if (hash.Length == 2 * SHA256.HashSizeInBytes && blobs.Exists(hash))
                    blobs.Delete(hash);
            }

            if (aside is not null)
                DeleteTree(aside);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NotDeleted(failure, hash);
        }
    }

    string MoveAside(string path)
    {
        var aside = Path.Combine(folder.Code, $"{Aside}{Guid.NewGuid():n}");
        Directory.Move(path, aside);
        return aside;
    }

    static void DeleteTree(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    sealed class VersionLease(PackageStore store, FunctionVersion version) : IDisposable
    {
        int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                store.Release(PackagesOf(version));
        }
    }

    sealed class Lease(PackageStore store, string hash) : IDisposable
    {
        int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                store.Release(hash);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Package {Hash} is no longer used, but could not be deleted from the data folder; the next start tries again")]
    partial void NotDeleted(Exception failure, string hash);
}
