using Pilotlight.Api;

namespace Pilotlight.Metering;

public static class MeteringModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddMetering(MeteringOptions options)
        {
            services.AddSingleton(PriceList.Open(options)).AddSingleton<UsageStore>().AddSingleton<UsageLedger>();
            services.AddHostedService(provider => provider.GetRequiredService<UsageLedger>());
            return services;
        }
    }

    extension(WebApplication app)
    {
        /// <summary><c>GET /_pilotlight/usage</c>: what <c>pilotlight usage</c> shows. On loopback to everybody, else to the operator.</summary>
        public void MapMetering(bool boundToLoopback)
        {
            var ledger = app.Services.GetRequiredService<UsageLedger>();
            var store = app.Services.GetRequiredService<UsageStore>();
            var prices = app.Services.GetRequiredService<PriceList>();
            var time = app.Services.GetRequiredService<TimeProvider>();
            app.MapRest(AwsService.Pilotlight, "GET", "/_pilotlight/usage", "GetUsage", request => GetUsage.Handle(request, ledger, store, prices, time))
                .IsTheOperators(boundToLoopback);
        }
    }
}
