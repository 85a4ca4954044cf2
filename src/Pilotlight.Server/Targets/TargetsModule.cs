using Pilotlight.Authorization;

namespace Pilotlight.Targets;

public static class TargetsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddTargets() => services.AddSingleton(provider => new TargetDispatcher(
            provider.GetServices<ITarget>, provider.GetRequiredService<Authorizer>(), provider.GetRequiredService<ServiceRoles>(),
            provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TargetDispatcher>>()));
    }
}
