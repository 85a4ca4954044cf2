using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

public static partial class IdentitiesModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddIdentities()
        {
            services.TryAddSingleton(TimeProvider.System);
            services.AddOptions<IdentitiesOptions>();
            services.AddSingleton(provider => InstanceKey.Open(provider.GetRequiredService<DataFolder>()));
            services.AddSingleton(provider => new AccessKeyStore(
                provider.GetRequiredService<Database>(), provider.GetRequiredService<InstanceKey>()));
            services.AddSingleton(provider => new AccountStore(provider.GetRequiredService<Database>()));
            services.AddSingleton(provider => new AccountCatalog(
                provider.GetRequiredService<AccountStore>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => new AccessKeyCatalog(
                provider.GetRequiredService<AccessKeyStore>(),
                provider.GetRequiredService<AccountCatalog>(),
                provider.GetRequiredService<IOptions<IdentitiesOptions>>(),
                provider.GetRequiredService<TimeProvider>()));
            services.TryAddSingleton(new OrganizationOptions());
            services.AddSingleton<Organization>();
            services.AddSingleton(provider => new AccessKeyUses(provider.GetRequiredService<AccountStore>()));
            services.AddSingleton<AwsManagedPolicies>().AddSingleton<PrincipalCatalog>().AddSingleton<IamServices>();
            services.AddSingleton<IssuerKeys>().AddSingleton<WebIdentityVerifier>().AddSingleton<StsServices>();
            services.AddSingleton<RoleSessions>();
            services.AddSingleton<CredentialCatalog>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        /// <summary>
        /// Before the first request: reads accounts and keys. Returns the root key when this start had to make one; show it to the operator,
        /// it is not shown again.
        /// </summary>
        public Task<RootKey?> OpenIdentitiesAsync(CancellationToken cancellation)
        {
            var keys = app.Services.GetRequiredService<AccessKeyCatalog>();
            app.Services.GetRequiredService<AccountCatalog>().Load();
            app.Services.GetRequiredService<AccessKeyUses>().Load();
            app.Services.GetRequiredService<Organization>();
            return keys.OpenAsync(cancellation);
        }

        public void MapIdentities()
        {
            app.MapSts();
            app.MapIam();
            app.MapAccounts();
            app.MapSimulation();
        }
    }
}
