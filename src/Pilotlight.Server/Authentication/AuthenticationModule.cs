using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Pilotlight.Authentication;

public static class AuthenticationModule
{
    extension(IServiceCollection services)
    {
        // ASP.NET owns the plain name.
        public IServiceCollection AddAuthenticationOfCallers(AuthenticationOptions? options = null)
        {
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton(options ?? new AuthenticationOptions());
            services.AddSingleton<FailedSignatures>();
            services.AddSingleton<SigningKeys>();
            services.AddSingleton<SignatureVerifier>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void UseAuthenticationOfCallers() => app.UseMiddleware<AuthenticationMiddleware>();
    }
}
