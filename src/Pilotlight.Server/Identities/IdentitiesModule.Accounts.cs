using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>The routes of accounts, for the operator: judged on a resource of the first account, so that no other may.</summary>
public static partial class IdentitiesModule
{
    extension(WebApplication app)
    {
        void MapAccounts()
        {
            var (accounts, keys) = (app.Services.GetRequiredService<AccountCatalog>(), app.Services.GetRequiredService<AccessKeyCatalog>());
            Map("POST", "/_pilotlight/accounts", "CreateAccount", request => CreateAccount.Handle(request, accounts, keys));
            Map("GET", "/_pilotlight/accounts", "ListAccounts", request => ListAccounts.Handle(accounts));
            Map("POST", "/_pilotlight/accounts/{AccountId}/keys", "CreateRootKey", request => CreateRootKey.Handle(request, accounts, keys));

            void Map(string method, string path, string name, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Pilotlight, method, path, name, handle)
                    .Requires($"pilotlight:{name}", static _ => $"arn:aws:pilotlight::{AccessKeyCatalog.FirstAccountId}:account/*");
        }
    }
}
