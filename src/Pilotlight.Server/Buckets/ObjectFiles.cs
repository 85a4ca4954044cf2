using Pilotlight.Storage;

namespace Pilotlight.Buckets;

/// <summary>
/// The bodies of objects and parts, a file each under a name that is never used again. A file is written and flushed before the row that
/// names it is committed, and deleted after the row that named it is gone; one that no row names is an orphan of a crash.
/// </summary>
sealed partial class ObjectFiles
{
    const int Shards = 256;

    readonly string _folder;
    readonly ILogger _log;
    readonly Lock _gate = new();
    readonly Dictionary<string, int> _leases = [];
    readonly Dictionary<string, string[]> _condemned = [];

    public ObjectFiles(DataFolder folder, ILogger<ObjectFiles> log)
    {
        (_folder, _log) = (folder.Objects, log);
        for (var shard = 0; shard < Shards; shard++)
            Directory.CreateDirectory(Path.Combine(_folder, shard.ToString("x2")));
    }

    /// <summary>A new file to write; <see cref="FlushAsync"/> it before its name is used.</summary>
    public FileStream Create(out string name)
    {
        name = Guid.NewGuid().ToString("n");
        return new FileStream(PathOf(name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
    }

    public static Task FlushAsync(FileStream file) => Task.Run(() => file.Flush(flushToDisk: true));

    /// <summary>Keeps a body's files until the lease ends, whoever deletes them; null when they are gone already.</summary>
    public Lease? TryLease(IReadOnlyList<BodyFile> body)
    {
        if (body.Count == 0)
            return new Lease(this, null);
        var first = body[0].Name;
        lock (_gate)
        {
            if (!File.Exists(PathOf(first)) || _condemned.ContainsKey(first))
                return null;
            _leases[first] = _leases.GetValueOrDefault(first) + 1;
        }

        return new Lease(this, first);
    }

    public FileStream OpenRead(string name) => new(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);

    /// <summary>After the row is gone. A body that is being read goes when the last reader has it.</summary>
    public void Delete(IReadOnlyList<BodyFile> body)
    {
        if (body.Count == 0)
            return;
        lock (_gate)
        {
            if (_leases.ContainsKey(body[0].Name))
            {
                _condemned[body[0].Name] = [.. body.Select(file => file.Name)];
                return;
            }
        }

        foreach (var file in body)
            Remove(file.Name);
    }

    public void Delete(string name) => Remove(name);

    /// <summary>Deletes what no row names. Only while nothing is written.</summary>
    public void Sweep(HashSet<string> named)
    {
        var swept = 0;
        foreach (var path in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
        {
            if (named.Contains(Path.GetFileName(path)))
                continue;
            File.Delete(path);
            swept++;
        }

        if (swept > 0)
            Swept(swept);
    }

    void Release(string name)
    {
        string[]? condemned = null;
        lock (_gate)
        {
            if (--_leases[name] > 0)
                return;
            _leases.Remove(name);
            _condemned.Remove(name, out condemned);
        }

        foreach (var file in condemned ?? [])
            Remove(file);
    }

    void Remove(string name)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (IOException failure)
        {
            // The next start sweeps it.
            NotDeleted(failure, name);
        }
    }

    string PathOf(string name) => Path.Combine(_folder, name[..2], name);

    /// <summary>See <see cref="TryLease"/>.</summary>
    public sealed class Lease(ObjectFiles files, string? name) : IDisposable
    {
        int _released;

        public void Dispose()
        {
            if (name is not null && Interlocked.Exchange(ref _released, 1) == 0)
                files.Release(name);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} files that no object names were deleted: uploads that a crash cut off")]
    partial void Swept(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The file {Name} of a deleted object could not be deleted; the next start tries again")]
    partial void NotDeleted(Exception failure, string name);
}
