using BenchmarkDotNet.Attributes;
using Pilotlight.Concurrency;
using Pilotlight.Functions;
using Pilotlight.Storage;

namespace Pilotlight.Micro;

/// <summary>What an invocation pays for its slot: taken and left, by one caller or by all processors at once, and refused.</summary>
[MemoryDiagnoser]
public class ConcurrencyBenchmarks
{
    const int Calls = 100_000;

    ServiceProvider _services = null!;
    ConcurrencyLimiter _limiter = null!;
    DirectoryInfo _folder = null!;

    readonly FunctionVersion _free = Version("free");
    readonly FunctionVersion _reserved = Version("reserved");
    readonly FunctionVersion _off = Version("off");

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _folder = Directory.CreateTempSubdirectory("pilotlight-bench-");
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStorage(new DataFolder(_folder.FullName))
            .AddFunctions(new FunctionsOptions()).AddConcurrency(new ConcurrencyOptions { AccountRequestRate = 1_000_000, ReservedRequestRate = 10_000_000 })
            .BuildServiceProvider();
        _limiter = _services.GetRequiredService<ConcurrencyLimiter>();
        var catalog = _services.GetRequiredService<FunctionCatalog>();
        foreach (var (version, reserved) in new[] { (_free, (int?)null), (_reserved, 100), (_off, 0) })
            await catalog.ChangeAsync(version.Key, _ => new Function
            {
                AccountId = version.AccountId,
                Region = version.Region,
                Name = version.Name,
                Latest = version,
                ReservedConcurrency = reserved,
            });
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Benchmark]
    public async Task Unreserved() => (await _limiter.EnterAsync(_free)).Slot!.Leave();

    [Benchmark]
    public void Reserved() => _limiter.TryEnter(_reserved, out _)!.Leave();

    [Benchmark]
    public string? Refused()
    {
        _limiter.TryEnter(_off, out var reason);
        return reason;
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public void UnreservedOnAllProcessors() => Parallel.For(0, Calls, _ => _limiter.TryEnter(_free, out var _)!.Leave());

    static FunctionVersion Version(string name) => new()
    {
        AccountId = "000000000000",
        Region = "us-east-1",
        Name = name,
        Version = FunctionVersion.Latest,
        Generation = Guid.NewGuid(),
        Role = "",
        Runtime = "provided.al2023",
        Handler = "h",
        CodeHash = "",
        CodeSizeBytes = 0,
        LastModified = default,
        RevisionId = "",
        State = "Active",
    };
}
