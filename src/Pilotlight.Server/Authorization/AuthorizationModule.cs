using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

public static class AuthorizationModule
{
    extension(IServiceCollection services)
    {
        // ASP.NET owns the plain name.
        public IServiceCollection AddAuthorizationOfCallers()
        {
            services.AddOptions<IamOptions>();
            services.AddSingleton<JudgedResources>();
            foreach (var kind in JudgedIdentity.Kinds)
                services.AddSingleton<IJudgedResource>(provider => new JudgedIdentity(kind, provider.GetRequiredService<AccountCatalog>()));
            services.AddSingleton<AuthorizationFacts>();
            services.AddSingleton<Authorizer>();
            services.AddSingleton<ExecutionRoles>().AddSingleton<ServiceRoles>();
            services.AddSingleton<NamedIdentities>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void UseAuthorizationOfCallers() => app.UseMiddleware<AuthorizationMiddleware>();

        /// <summary>The operator's question, judged on a resource of the first account as accounts are: the answer tells about every account.</summary>
        public void MapAuthorization()
        {
            var facts = app.Services.GetRequiredService<AuthorizationFacts>();
            var mode = app.Services.GetRequiredService<IOptions<IamOptions>>().Value.Mode;
            var time = app.Services.GetRequiredService<TimeProvider>();
            app.MapRest(AwsService.Pilotlight, "GET", "/_pilotlight/why", "GetDecision", request => GetDecision.Handle(request, facts, mode, time))
                .Requires("pilotlight:GetDecision", static _ => $"arn:aws:pilotlight::{AccessKeyCatalog.FirstAccountId}:decision/*");
        }
    }
}
