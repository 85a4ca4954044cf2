namespace Pilotlight.Targets;

public static class TargetsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddTargets() => services.AddSingleton<DeliveryPermissions>().AddSingleton(provider => new TargetDispatcher(
            provider.GetServices<ITarget>, provider.GetRequiredService<DeliveryPermissions>(),
            provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetRequiredService<ILogger<TargetDispatcher>>()));
    }
}
