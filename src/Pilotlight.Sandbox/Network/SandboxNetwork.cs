namespace Pilotlight.Sandbox;

/// <summary>Interim, until bridge and NAT land: namespaces with loopback only.</summary>
public sealed class SandboxNetwork : IAsyncDisposable
{
    readonly string _instance;

    SandboxNetwork(string instance) => _instance = instance;

    static string Folder(string instance) => $"/run/pilotlight-net-{instance}";

    public static Task<SandboxNetwork> OpenAsync(string instance, NetworkAccess access, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder(instance));
        return Task.FromResult(new SandboxNetwork(instance));
    }

    public Task<NetworkNamespace> CreateAsync(string id, CancellationToken cancellation) =>
        NetworkNamespace.CreateAsync(Path.Combine(Folder(_instance), id));

    public static Task ClearAsync(string instance, CancellationToken cancellation)
    {
        if (Directory.Exists(Folder(instance)))
        {
            MountTable.UnmountBelow(Folder(instance));
            Directory.Delete(Folder(instance), recursive: true);
        }
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await ClearAsync(_instance, CancellationToken.None);
}
