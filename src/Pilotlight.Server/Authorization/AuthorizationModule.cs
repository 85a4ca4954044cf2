namespace Pilotlight.Authorization;

public static class AuthorizationModule
{
    extension(IServiceCollection services)
    {
        // ASP.NET owns the plain name.
        public IServiceCollection AddAuthorizationOfCallers()
        {
            services.AddOptions<IamOptions>();
            services.AddSingleton<Authorizer>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void UseAuthorizationOfCallers() => app.UseMiddleware<AuthorizationMiddleware>();
    }
}
