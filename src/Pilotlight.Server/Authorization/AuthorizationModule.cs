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
            services.AddSingleton<ExecutionRoles>();
            services.AddSingleton<NamedIdentities>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void UseAuthorizationOfCallers() => app.UseMiddleware<AuthorizationMiddleware>();
    }
}
