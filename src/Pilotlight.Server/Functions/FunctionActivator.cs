using System.Threading.Channels;

namespace Pilotlight.Functions;

/// <summary>
/// Carries accepted changes to their end: as soon as the packages of a function are unpacked, what was pending becomes active. What an
/// earlier process left unfinished goes on at start.
/// </summary>
public sealed partial class FunctionActivator(
    FunctionCatalog catalog, LayerCatalog layers, CodeSigningCatalog signing, PackageStore packages, ILogger<FunctionActivator> log) : IHostedService
{
    const int MaxAtOnce = 4;

    readonly Channel<FunctionKey> _waiting = Channel.CreateBounded<FunctionKey>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait });

    Task _loop = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellation)
    {
        packages.DistrustAfterReboot();
        catalog.Load();
        layers.Load();
        signing.Load();
        _loop = RunAsync(packages.FindOnDisk());
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        _waiting.Writer.TryComplete();
        await _loop.WaitAsync(cancellation);
    }

    /// <summary>Asks for a function with a pending change. When the platform is stopping, the next start does it.</summary>
    public async ValueTask ActivateAsync(FunctionKey key)
    {
        try
        {
            await _waiting.Writer.WriteAsync(key);
        }
        catch (ChannelClosedException)
        {
            // Stopping.
        }
    }

    async Task RunAsync(IReadOnlyList<string> onDisk)
    {
        await Task.Yield();
        await Parallel.ForEachAsync(catalog.All().Where(function => !function.IsSettled), Limits, (function, _) => SettleAsync(function.Key));
        var sweep = Task.Run(() => packages.Sweep(onDisk));
        await Parallel.ForEachAsync(_waiting.Reader.ReadAllAsync(), Limits, (key, _) => SettleAsync(key));
        await sweep;
    }

    static ParallelOptions Limits { get; } = new() { MaxDegreeOfParallelism = MaxAtOnce };

    async ValueTask SettleAsync(FunctionKey key)
    {
        try
        {
            if (catalog.Find(key) is not { IsSettled: false } function)
                return;
            var ready = new HashSet<Guid>();
            var broken = new HashSet<Guid>();
            foreach (var version in function.All().Where(version => !version.IsSettled))
                (version.IsImage || IsUnpacked(version) ? ready : broken).Add(version.Generation);
            await catalog.ChangeAsync(key, current => current is null ? null : FunctionStates.Settle(current, ready, broken));
        }
        catch (Exception failure)
        {
            NotSettled(failure, key.Name);
        }
    }

    bool IsUnpacked(FunctionVersion version)
    {
        try
        {
            using var use = packages.Use(version);
            packages.FolderOf(version);
            packages.LayersFolderOf(version);
            return true;
        }
        catch (Exception failure) when (failure is Api.AwsException or IOException)
        {
            NotUnpacked(failure, version.FunctionArn, version.CodeHash);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Package {Hash} of {Function} could not be unpacked")]
    partial void NotUnpacked(Exception failure, string function, string hash);

    [LoggerMessage(Level = LogLevel.Error, Message = "A pending change of function {Function} could not be completed; the next start tries again")]
    partial void NotSettled(Exception failure, string function);
}
