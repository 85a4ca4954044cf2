using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>The audit log: who called what of the control plane, kept in the data folder and read through CloudTrail's API.</summary>
public static class AuditModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddAudit(AuditOptions options)
        {
            services.AddSingleton(options).AddSingleton<AuditStore>().AddSingleton<AuditLog>().AddSingleton(provider => new AuditMeter(provider.GetRequiredService<AuditLog>()));
            services.AddHostedService(provider => provider.GetRequiredService<AuditLog>());
            return services;
        }
    }

    extension(WebApplication app)
    {
        /// <summary>After authentication, so that the caller is known, and before what may refuse it.</summary>
        public void UseAudit()
        {
            if (app.Services.GetRequiredService<AuditOptions>().Enabled)
                app.UseMiddleware<AuditMiddleware>();
        }

        public void MapAudit()
        {
            var (log, store) = (app.Services.GetRequiredService<AuditLog>(), app.Services.GetRequiredService<AuditStore>());
            app.MapRpc(AwsService.CloudTrail, "LookupEvents", request => LookupEvents.Handle(request, log, store)).Requires("cloudtrail:LookupEvents");
        }
    }
}

/// <summary>For the metrics.</summary>
public sealed class AuditMeter
{
    readonly AuditLog _log;

    internal AuditMeter(AuditLog log) => _log = log;

    public long Lost => _log.Lost;
}
