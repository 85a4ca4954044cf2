using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Administration;

/// <summary>Empties all state, between tests.</summary>
sealed class Reset(FunctionCatalog functions, EnvironmentPools environments)
{
    public async Task RunAsync()
    {
        foreach (var function in functions.All())
            await functions.ChangeAsync(function.Key, static _ => null);
        await environments.ClearAsync();
    }
}
