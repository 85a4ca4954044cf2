using System.Collections.Concurrent;
using System.Text.Json;

namespace Pilotlight.Sandbox;

/// <summary>Sandboxes as containers of an OCI runtime.</summary>
sealed class ContainerDriver(ContainerHost host, Instance instance, IReadOnlyList<string> failures) : ISandboxDriver
{
    static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);

    readonly ConcurrentDictionary<string, CleanUp> _sandboxes = [];
    readonly UserRanges _users = new();
    volatile bool _isClosed;

    public string Name => "container";

    public IReadOnlyList<string> Limitations { get; } = [.. failures, .. host.Limitations];

    /// <summary>Opens the driver with one runtime, and shows that it works by running a sandbox.</summary>
    /// <param name="failures">What was tried before and did not work.</param>
    public static async Task<ContainerDriver> OpenAsync(
        Instance instance, string runtime, SandboxOptions options, ControlGroupLayout layout, TimeProvider time,
        IReadOnlyList<string> failures, CancellationToken cancellation)
    {
        var host = await ContainerHost.OpenAsync(instance, runtime, options, layout, time, cancellation);
        var driver = new ContainerDriver(host, instance, failures);
        try
        {
            var probe = new SandboxSpec
            {
                Id = "probe", MemoryBytes = 64 << 20, CpuWeightMillicores = 1000, TemporaryStorageBytes = 64 << 20,
            };
            await using var sandbox = await driver.CreateAsync(probe, cancellation);
            sandbox.Output.Dispose();
            sandbox.Telemetry.Dispose();
            return driver;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellation)
    {
        SandboxName.Check(spec.Id);
        var cleanUp = new CleanUp();
        if (_isClosed)
            throw new SandboxException("the sandbox driver is closed");
        if (!_sandboxes.TryAdd(spec.Id, cleanUp))
            throw new SandboxException($"there is a sandbox '{spec.Id}' already");
        cleanUp.Add(() => _sandboxes.TryRemove(spec.Id, out _));
        try
        {
            return await CreateAsync(spec, cleanUp, cancellation);
        }
        catch (Exception e)
        {
            await cleanUp.RunAsync();
            if (e is SandboxException or OperationCanceledException)
                throw;
            throw new SandboxException($"a sandbox could not be made: {e.Message}", e);
        }
    }

    async Task<ISandbox> CreateAsync(SandboxSpec spec, CleanUp cleanUp, CancellationToken cancellation)
    {
        var firstUser = _users.Take();
        cleanUp.Add(() => _users.Return(firstUser));
        var (user, group) = (firstUser + ContainerConfiguration.User, firstUser + ContainerConfiguration.Group);

        var rootMaking = host.Roots.GetAsync(spec);
        var folderMaking = host.Folders.CreateAsync(spec.Id, spec.TemporaryStorageBytes, user, group, cancellation);
        var networkMaking = host.Networks.CreateAsync(spec.Id, spec.Network, cancellation);
        // All three must have come to an end, well or not, before any is undone.
        await Task.WhenAll(rootMaking, folderMaking, networkMaking).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (folderMaking.IsCompletedSuccessfully)
            cleanUp.Add((await folderMaking).Removal);
        if (networkMaking.IsCompletedSuccessfully)
            cleanUp.Add(await networkMaking);
        var (root, temporary, network) = (await rootMaking, (await folderMaking).Path, await networkMaking);

        var controlGroup = host.Groups.PathOf(spec.Id);
        // The runtime runs in another mount namespace, in which the name of the network namespace leads nowhere.
        var places = new ContainerPlaces(root, temporary, $"/proc/{Environment.ProcessId}/root{network.Path}", controlGroup, firstUser);
        var bundle = Path.Combine(host.BundleFolder, spec.Id);
        cleanUp.Add(() => Directory.Delete(bundle, recursive: true));
        Directory.CreateDirectory(bundle);
        await using (var file = File.Create(Path.Combine(bundle, "config.json")))
        {
            var configuration = ContainerConfiguration.Create(spec, places, host.LimitsSwap);
            await JsonSerializer.SerializeAsync(file, configuration, OciJson.Default.OciConfiguration, cancellation);
        }

        var (ends, descriptors) = GuestDescriptors.Create();
        using var _ = descriptors;
        HostProcess first;
        try
        {
            descriptors.GiveTo(user, group);
            cleanUp.Add(() => host.Runtime.Forget(spec.Id));
            cleanUp.Add(() => host.Groups.RemoveAsync(spec.Id));
            first = await host.Runtime.StartAsync(spec.Id, bundle, descriptors, controlGroup);
        }
        catch
        {
            ends.Dispose();
            throw;
        }
        var channel = new GuestChannel(ends.Control);
        var container = new Container(spec.Id, ends, channel, first, ControlGroup.Open(host.Layout, controlGroup), network, cleanUp);
        descriptors.Dispose();
        try
        {
            await channel.Ready.WaitAsync(LongestStart, host.Time, cancellation);
            if (_isClosed)
                throw new SandboxException("the sandbox driver is closed");
            return container;
        }
        catch (Exception e)
        {
            ends.Output.Dispose();
            ends.Telemetry.Dispose();
            if (e is TimeoutException)
                throw new SandboxException($"the guest did not answer within {LongestStart.TotalSeconds} s; is {host.GuestPath} built for this machine?", e);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await Task.WhenAll(_sandboxes.Values.Select(cleanUp => cleanUp.RunAsync()));
        await host.DisposeAsync();
        instance.Remove();
    }
}
