namespace Pilotlight.Concurrency;

public static class ConcurrencyModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddConcurrency(ConcurrencyOptions options) =>
            services.AddSingleton(options).AddSingleton<ConcurrencyLimiter>();
    }
}
