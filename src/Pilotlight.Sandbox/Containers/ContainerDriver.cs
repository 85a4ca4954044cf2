using System.Text.Json;

namespace Pilotlight.Sandbox;

/// <summary>Sandboxes as containers of an OCI runtime.</summary>
sealed class ContainerDriver(ContainerHost host, Instance instance, IReadOnlyList<string> failures) : ISandboxDriver
{
    static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);

    readonly SandboxRegister _sandboxes = new();
    readonly UserRanges _users = new();

    public string Name => "container";

    public bool CanAssign { get; } = MountNamespace.IsAvailable();

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
                Id = "probe",
                MemoryBytes = 64 << 20,
                CpuWeightMillicores = 1000,
                TemporaryStorageBytes = 64 << 20,
            };
            await using var sandbox = await driver.CreateAsync(probe, cancellation);
            sandbox.Output.Dispose();
            sandbox.Telemetry.Dispose();
            sandbox.AsideOutput.Dispose();
            return driver;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellation) =>
        _sandboxes.CreateAsync(spec, cleanUp => CreateAsync(spec, cleanUp, cancellation));

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
            return container;
        }
        catch (Exception e)
        {
            ends.Output.Dispose();
            ends.Telemetry.Dispose();
            ends.Aside.Dispose();
            if (e is TimeoutException)
                throw new SandboxException($"the guest did not answer within {LongestStart.TotalSeconds} s; is {host.GuestPath} built for this machine?", e);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!await _sandboxes.CloseAsync())
            return;
        await host.DisposeAsync();
        instance.Remove();
    }
}
