using System.Text.RegularExpressions;

namespace Pilotlight.Sandbox;

/// <summary>
/// The networks of one instance's sandboxes: a namespace each, and with <see cref="NetworkAccess.Nat"/> a bridge behind which they reach
/// the world by NAT, but neither the host, nor one another, nor link-local addresses (where clouds keep their metadata). IPv4 only.
/// Where NAT cannot be had, namespaces have loopback only, and <see cref="Limitations"/> says why.
/// </summary>
public sealed partial class SandboxNetwork : IAsyncDisposable
{
    const string Loopback = "lo";

    readonly string _instance;
    readonly NatBridge? _bridge;
    readonly bool _hasInet6 = Directory.Exists("/proc/sys/net/ipv6");
    int _disposed;

    SandboxNetwork(string instance, NatBridge? bridge, IReadOnlyList<string> limitations)
    {
        (_instance, _bridge, Limitations) = (instance, bridge, limitations);
        Directory.CreateDirectory(NamespaceFolder(instance));
    }

    /// <summary>What these networks cannot do on this machine, one sentence each.</summary>
    public IReadOnlyList<string> Limitations { get; }

    /// <param name="instance"><c>[a-z0-9]{1,8}</c>; what an earlier, dead one of that name left is cleared.</param>
    /// <exception cref="SandboxException">There can be no namespaces here.</exception>
    public static async Task<SandboxNetwork> OpenAsync(string instance, NetworkAccess access, CancellationToken cancellation)
    {
        if (!Posix.IsRoot)
            throw new SandboxException("network namespaces need root (sudo ./pilotlight up)");
        await ClearAsync(instance, cancellation);
        if (access == NetworkAccess.None)
            return new SandboxNetwork(instance, null, []);
        try
        {
            var bridge = await NatBridge.OpenAsync(instance, cancellation);
            return new SandboxNetwork(instance, bridge, bridge.Limitations);
        }
        catch (Exception refused) when (refused is SandboxException or NetlinkException or IOException or UnauthorizedAccessException)
        {
            await ClearAsync(instance, CancellationToken.None);
            return new SandboxNetwork(instance, null, [$"Sandboxes have no network beyond loopback: {refused.Message}."]);
        }
    }

    /// <summary>Makes a namespace with loopback up, IPv6 off, and where there is NAT an address and a way out.</summary>
    /// <param name="id"><c>[a-z0-9-]{1,40}</c>, unique in the instance.</param>
    /// <exception cref="SandboxException">It could not be made; nothing is left of it.</exception>
    public async Task<NetworkNamespace> CreateAsync(string id, CancellationToken cancellation)
    {
        SandboxName.Check(id);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellation.ThrowIfCancellationRequested();
        var path = Path.Combine(NamespaceFolder(_instance), id);
        uint? address = null;
        try
        {
            // CreateNew: a file of this name belongs to another sandbox.
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write).Dispose();
        }
        catch (IOException refused)
        {
            throw new SandboxException($"no network for sandbox '{id}': {refused.Message}", refused);
        }
        try
        {
            if (_bridge is not null)
                await _bridge.FollowLinksAsync(cancellation);
            address = _bridge?.RentAddress();
            await NetworkThread.RunAsync(() => Create(path, address));
            return new NetworkNamespace(path, address, () => Remove(path, address));
        }
        catch (Exception refused)
        {
            Remove(path, address);
            if (refused is OperationCanceledException)
                throw;
            throw refused as SandboxException ?? new SandboxException($"no network for sandbox '{id}': {refused.Message}", refused);
        }
    }

    /// <summary>Runs on a thread that ends afterwards, and is in the new namespace from the second line on.</summary>
    void Create(string path, uint? address)
    {
        using var host = new RouteNetlink();
        NetworkThread.EnterNew();
        using var inside = new RouteNetlink();
        SwitchInet6Off();
        inside.SetUp(Loopback);
        if (address is { } number)
        {
            using var self = File.OpenHandle(NetworkThread.OwnNamespace);
            _bridge!.Connect(host, inside, (int)self.DangerousGetHandle(), number);
        }
        if (Posix.mount(NetworkThread.OwnNamespace, path, null, Posix.MS_BIND, null) != 0)
            throw new SandboxException($"the network namespace cannot be kept at {path}: {Posix.LastMessage}");
    }

    void SwitchInet6Off()
    {
        // These files belong to the namespace of the thread that opens them.
        if (!_hasInet6)
            return;
        foreach (var links in (ReadOnlySpan<string>)["default", "all"])
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{links}/disable_ipv6", "1");
    }

    void Remove(string path, uint? address)
    {
        _ = Posix.umount2(path, Posix.MNT_DETACH | Posix.UMOUNT_NOFOLLOW);
        if (address is { } number)
            _bridge!.ReturnAddress(number);
        try
        {
            File.Delete(path);
        }
        catch (IOException left)
        {
            // Found by its name when the instance closes.
            System.Diagnostics.Debug.WriteLine(left);
        }
    }

    /// <summary>Removes what an instance of this name left: links, firewall rules, namespaces.</summary>
    public static async Task ClearAsync(string instance, CancellationToken cancellation)
    {
        if (!InstanceName.IsMatch(instance))
            throw new ArgumentException($"'{instance}' is no name for an instance: 1 to 8 of a-z and 0-9", nameof(instance));
        var folder = NamespaceFolder(instance);
        if (Directory.Exists(folder))
        {
            MountTable.UnmountBelow(folder);
            Directory.Delete(folder, recursive: true);
            if (Path.GetDirectoryName(folder) is { } parent && !Directory.EnumerateFileSystemEntries(parent).Any())
                Directory.Delete(parent);
        }
        await NatBridge.ClearAsync(instance, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await ClearAsync(_instance, CancellationToken.None);
    }

    static string NamespaceFolder(string instance) => $"{Forwarding.StateFolder}/{instance}/netns";

    [GeneratedRegex(@"\A[a-z0-9]{1,8}\z")]
    private static partial Regex InstanceName { get; }
}
