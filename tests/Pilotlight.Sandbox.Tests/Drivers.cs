[assembly: AssemblyFixture(typeof(Pilotlight.Sandbox.Tests.CrunDriver))]
[assembly: AssemblyFixture(typeof(Pilotlight.Sandbox.Tests.RuncDriver))]
[assembly: AssemblyFixture(typeof(Pilotlight.Sandbox.Tests.PlainDriver))]

namespace Pilotlight.Sandbox.Tests;

/// <summary>One driver for all tests that ask for it, opened by the first. Tests skip where it cannot work.</summary>
public abstract class DriverFixture(string driver, string runtime) : IAsyncLifetime
{
    readonly Lock _gate = new();
    Task<ISandboxDriver>? _open;
    int _count;

    public static SandboxOptions Options(string driver, string runtime) => new()
    {
        Driver = driver,
        Runtime = runtime,
        StateFolder = Environment.IsPrivilegedProcess ? "/run/pilotlight-tests" : null,
        DiskFolder = Path.Combine(Path.GetTempPath(), $"pilotlight-sandbox-tests-{Environment.UserName}"),
        GuestPath = GuestExecutable.Path,
    };

    public static string? Obstacle(string driver, string runtime) =>
        driver == "process" ? null
        : !Environment.IsPrivilegedProcess ? "containers need root"
        : OciRuntime.Find(runtime).Count == 0 ? $"{runtime} is not installed"
        : null;

    public Task<ISandboxDriver> OpenAsync()
    {
        if (Obstacle(driver, runtime) is { } obstacle)
            Assert.Skip(obstacle);
        lock (_gate)
            return _open ??= SandboxPlatform.OpenAsync(Options(driver, runtime), CancellationToken.None);
    }

    public SandboxSpec Spec => new()
    {
        Id = $"t{Interlocked.Increment(ref _count)}",
        MemoryBytes = 128 << 20,
        CpuWeightMillicores = 1000,
        TemporaryStorageBytes = 64 << 20,
        Network = NetworkAccess.None,
    };

    public async Task<Inside> StartAsync(Func<SandboxSpec, SandboxSpec>? change = null)
    {
        var driver = await OpenAsync();
        return new(await driver.CreateAsync(change is null ? Spec : change(Spec), TestContext.Current.CancellationToken));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_open is { IsCompletedSuccessfully: true })
            await (await _open).DisposeAsync();
    }
}

public sealed class CrunDriver() : DriverFixture("container", "crun");

public sealed class RuncDriver() : DriverFixture("container", "runc");

public sealed class PlainDriver() : DriverFixture("process", "auto");
