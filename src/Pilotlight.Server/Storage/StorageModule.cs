namespace Pilotlight.Storage;

/// <summary>The data folder: <c>pilotlight.db</c> (state), <c>logs.db</c> (log events), <c>blobs/</c> (packages), <c>code/</c> (unpacked).</summary>
public sealed class DataFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string StateDatabase => Path.Combine(Root, "pilotlight.db");

    public string LogDatabase => Path.Combine(Root, "logs.db");

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
