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
            services.AddSingleton<AuthorizationFacts>();
            services.AddSingleton<Authorizer>();
            services.AddSingleton<ExecutionRoles>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void UseAuthorizationOfCallers() => app.UseMiddleware<AuthorizationMiddleware>();
    }
}
