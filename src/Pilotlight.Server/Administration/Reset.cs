using Pilotlight.Environments;
using Pilotlight.EventSources;
using Pilotlight.Functions;
using Pilotlight.Identities;
using Pilotlight.Logs;
using Pilotlight.Metering;
using Pilotlight.Storage;

namespace Pilotlight.Administration;

/// <summary>Empties all state, between tests.</summary>
sealed class Reset(
    FunctionCatalog functions, LayerCatalog layers, CodeSigningCatalog signing, MappingActivator mappings,
    EnvironmentPools environments, LogIngest ingest, LogStore logs, AccountCatalog accounts, UsageLedger usage,
    IEnumerable<IErasable> others)
{
    public async Task RunAsync()
    {
        await mappings.EraseAsync(TimeSpan.FromSeconds(1));
        foreach (var function in functions.All())
            await functions.ChangeAsync(function.Key, static _ => null);
        foreach (var layer in layers.All())
            await layers.ChangeAsync(layer.Key, static _ => null);
        foreach (var config in signing.All())
            await signing.ChangeAsync(config.Arn, static _ => null);
        await environments.ClearAsync();
        // Lines still on their way would bring their groups back.
        await ingest.FlushAsync();
        await logs.ResetAsync();
        await accounts.ResetAsync();
        await usage.ClearAsync();
        foreach (var other in others)
            await other.EraseAsync();
    }
}
