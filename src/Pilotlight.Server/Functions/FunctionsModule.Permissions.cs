using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        void MapPermissions()
        {
            const string policy = "/2015-03-31/functions/{FunctionName}/policy";
            var catalog = app.Services.GetRequiredService<FunctionCatalog>();
            var identities = app.Services.GetRequiredService<NamedIdentities>();

            Map("POST", policy, "AddPermission", AddPermission.Model, request => AddPermission.Handle(request, catalog, identities));
            Map("GET", policy, "GetPolicy", GetPolicy.Model, request => GetPolicy.Handle(request, catalog));
            Map("DELETE", policy + "/{StatementId}", "RemovePermission", RemovePermission.Model, request => RemovePermission.Handle(request, catalog));

            void Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle)
                    .Requires($"lambda:{name}", FunctionName.ResourceOf).Validates(model.Validate);
        }
    }
}
