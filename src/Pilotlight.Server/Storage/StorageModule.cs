namespace Pilotlight.Storage;

/// <summary>The data folder: <c>pilotlight.db</c> (state), <c>logs.db</c> (log events), <c>blobs/</c> (packages), <c>code/</c> (unpacked).</summary>
public sealed class DataFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string StateDatabase => Path.Combine(Root, "pilotlight.db");

    public string LogDatabase => Path.Combine(Root, "logs.db");

    /// <summary>Events that were accepted and wait for their run.</summary>
    public string EventDatabase => Path.Combine(Root, "events.db");

    /// <summary>Messages of queues.</summary>
    public string QueueDatabase => Path.Combine(Root, "queues.db");

    /// <summary>What topics and buses have not delivered yet, and archives.</summary>
    public string DeliveryDatabase => Path.Combine(Root, "deliveries.db");

    /// <summary>Records of streams.</summary>
    public string StreamDatabase => Path.Combine(Root, "streams.db");

    /// <summary>Index of buckets' objects; their bodies lie in <see cref="Objects"/>.</summary>
    public string BucketDatabase => Path.Combine(Root, "buckets.db");

    public string Objects => Path.Combine(Root, "objects");

    public string Blobs => Path.Combine(Root, "blobs");

    public string Code => Path.Combine(Root, "code");

    /// <summary>Sandbox volumes and root file systems: nothing in it outlives the process.</summary>
    public string Sandboxes => Path.Combine(Root, "sandboxes");
}

public static class StorageModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddStorage(DataFolder folder)
        {
            services.AddSingleton(folder);
            services.AddSingleton(_ => Database.Open(folder.StateDatabase));
            services.AddSingleton(_ => new BlobStore(folder.Blobs));
            return services;
        }
    }
}
