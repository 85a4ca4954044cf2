using Pilotlight.Functions;

namespace Pilotlight.Environments;

/// <summary>Tells the pool of stems what the functions that exist may need, so that the first cold start of a function finds one.</summary>
sealed class StemForesight(StemPool stems, FunctionCatalog catalog, RuntimeCatalog runtimes, RuntimesOptions options)
    : IHostedService
{
    /// <summary>At a start with thousands of functions only the kinds of the latest matter.</summary>
    const int MostAtStart = 200;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!stems.IsActive)
            return Task.CompletedTask;
        catalog.Changed += OnChanged;
        foreach (var function in catalog.All().OrderByDescending(function => function.Latest.LastModified).Take(MostAtStart))
            Anticipate(function.Served);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        catalog.Changed -= OnChanged;
        return Task.CompletedTask;
    }

    void OnChanged(Function? before, Function? after)
    {
        if (after is not null && !ReferenceEquals(before?.Latest, after.Latest))
            Anticipate(after.Latest);
    }

    void Anticipate(FunctionVersion version)
    {
        // The function's own folder is no part of a shape.
        if (RuntimeLaunch.Of(version, runtimes, options, new FunctionFolders("/", null)).Launch is { } launch)
            stems.Anticipate(StemShape.Of(version, launch));
    }
}
