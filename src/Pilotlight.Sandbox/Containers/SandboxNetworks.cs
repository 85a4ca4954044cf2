namespace Pilotlight.Sandbox;

/// <summary>The networks of one instance: one for each kind of access, opened when first asked for.</summary>
sealed class SandboxNetworks(string instance, NetworkAccess most) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<NetworkAccess, Task<SandboxNetwork>> _open = [];

    public async Task<NetworkNamespace> CreateAsync(string id, NetworkAccess access, CancellationToken cancellation)
    {
        if (most == NetworkAccess.None)
            access = NetworkAccess.None;
        var network = await OpenAsync(access);
        return await network.CreateAsync(id, cancellation);
    }

    public async Task<SandboxNetwork> OpenAsync(NetworkAccess access)
    {
        Task<SandboxNetwork>? open;
        lock (_gate)
        {
            // Shared by all who want it, so none of them can cancel it.
            if (!_open.TryGetValue(access, out open) || open.IsFaulted)
                _open[access] = open = SandboxNetwork.OpenAsync(NameOf(instance, access), access, CancellationToken.None);
        }
        return await open;
    }

    public static async Task ClearAsync(string instance, CancellationToken cancellation)
    {
        foreach (var access in Enum.GetValues<NetworkAccess>())
            await SandboxNetwork.ClearAsync(NameOf(instance, access), cancellation);
    }

    static string NameOf(string instance, NetworkAccess access) => instance + (access == NetworkAccess.None ? "o" : "n");

    public async ValueTask DisposeAsync()
    {
        Task<SandboxNetwork>[] open;
        lock (_gate)
            open = [.. _open.Values];
        foreach (var network in open.Where(network => network.IsCompletedSuccessfully))
            await (await network).DisposeAsync();
    }
}
