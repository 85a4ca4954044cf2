using System.Text.Json.Serialization;
using Pilotlight.Api;
using Pilotlight.Concurrency;
using Pilotlight.Functions;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

public static class EnvironmentsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddEnvironments(EnvironmentsOptions options, RuntimesOptions runtimes, StemsOptions stems)
        {
            services.AddSingleton(stems).AddSingleton<StemParts>().AddSingleton<StemForesight>();
            services.AddSingleton(static provider => new StemPool(
                provider.GetRequiredService<StemParts>(), provider.GetRequiredService<StemsOptions>(), provider.GetRequiredService<MemoryBudget>(),
                provider.GetRequiredService<ILogger<StemPool>>()));
            services.AddSingleton<IMetricSource>(provider => provider.GetRequiredService<StemPool>());
            services.AddHostedService(provider => provider.GetRequiredService<StemPool>());
            services.AddHostedService(provider => provider.GetRequiredService<StemForesight>());
            services.AddSingleton(options).AddSingleton(runtimes).AddSingleton<RuntimeCatalog>().AddSingleton<RuntimeLauncher>();
            services.AddSingleton<OutputPump>().AddSingleton<MemoryBudget>().AddSingleton<Placement>();
            services.AddSingleton<IMetricSource>(provider => provider.GetRequiredService<MemoryBudget>());
            services.AddSingleton<ColdStartMeter>();
            services.AddSingleton(static provider => provider.GetRequiredService<ColdStartMeter>().Phases);
            services.AddSingleton(static provider => provider.GetRequiredService<ColdStartMeter>().Whole);
            services.AddSingleton<EnvironmentRoles>().AddSingleton<EnvironmentServices>().AddSingleton<EnvironmentStarter>();
            services.AddSingleton(provider =>
            {
                var pools = new EnvironmentPools(
                    provider.GetRequiredService<EnvironmentStarter>(), provider.GetRequiredService<Placement>(), options,
                    provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<EnvironmentPools>>());
                pools.Follow(provider.GetRequiredService<FunctionCatalog>());
                return pools;
            });
            services.AddHostedService(provider => provider.GetRequiredService<EnvironmentPools>());
            services.AddSingleton<ProvisionedSupervisor>();
            services.AddHostedService(provider => provider.GetRequiredService<ProvisionedSupervisor>());
            services.AddSingleton<ProvisionedLevels>(provider => provider.GetRequiredService<EnvironmentPools>().LevelOf);
            return services;
        }
    }

    extension(WebApplication app)
    {
        /// <summary>Connections from inside sandboxes go to the Runtime API before anything else sees them.</summary>
        public void UseRuntimeApi() => app.Use(static next => http =>
            http.Features.Get<RuntimeSession>() is { } session ? RuntimeApiEndpoint.HandleAsync(http, session)
            : RuntimeApiLoop.IsThisThread ? RunApartAsync(next, http)
            : next(http));

        /// <summary>
        /// <c>GET /_pilotlight/environments</c>: what <c>pilotlight ps</c> shows. On loopback to everybody, else to the operator.
        /// </summary>
        public void MapEnvironments(bool boundToLoopback)
        {
            var pools = app.Services.GetRequiredService<EnvironmentPools>();
            var time = app.Services.GetRequiredService<TimeProvider>();
            var stems = app.Services.GetRequiredService<StemPool>();
            app.MapRest(AwsService.Pilotlight, "GET", "/_pilotlight/environments", "ListEnvironments", _ => AwsResult.Json(
                    new EnvironmentList([.. pools.Snapshot().Select(environment => EnvironmentEntry.Of(environment, time))], stems.Levels()),
                    EnvironmentsJson.Default.EnvironmentList))
                .IsTheOperators(boundToLoopback);
        }
    }

    /// <summary>A client's next request may be there before the loop is back from passing on the answer to its last one.</summary>
    static async Task RunApartAsync(RequestDelegate next, HttpContext http)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await next(http);
    }
}

sealed record EnvironmentList(IReadOnlyList<EnvironmentEntry> Environments, IReadOnlyList<StemLevel> Stems);

sealed record EnvironmentEntry(
    string Id, string Function, string Version, string Region, string Runtime, string State, long AgeSeconds, long MemoryMegabytes,
    int MemoryLimitMegabytes, int Invocations, string Initialization)
{
    public static EnvironmentEntry Of(ExecutionEnvironment environment, TimeProvider time) => new(
        environment.Id, environment.Version.Name, environment.Version.Version, environment.Version.Region, environment.Version.Runtime,
        environment.IsFrozen ? "Frozen" : environment.State.ToString(), (long)time.GetElapsedTime(environment.CreatedAt).TotalSeconds,
        environment.ReadMemory().CurrentBytes >> 20, environment.Version.MemoryMegabytes, environment.Invocations,
        environment.Initialization.Text);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EnvironmentList))]
[JsonSerializable(typeof(StemAssignment))]
sealed partial class EnvironmentsJson : JsonSerializerContext;
