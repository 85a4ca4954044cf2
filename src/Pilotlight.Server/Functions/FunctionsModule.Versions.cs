using Pilotlight.Api;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        void MapVersions()
        {
            var catalog = app.Services.GetRequiredService<FunctionCatalog>();
            var services = app.Services.GetRequiredService<FunctionServices>();

            const string function = "/2015-03-31/functions/{FunctionName}";
            const string alias = function + "/aliases/{Name}";

            Map("POST", function + "/versions", "PublishVersion", PublishVersion.Model, request => PublishVersion.Handle(request, services));
            Map("GET", function + "/versions", "ListVersionsByFunction", ListVersionsByFunction.Model,
                request => ListVersionsByFunction.Handle(request, catalog));
            Map("POST", function + "/aliases", "CreateAlias", CreateAlias.Model, request => CreateAlias.Handle(request, catalog));
            Map("GET", function + "/aliases", "ListAliases", ListAliases.Model, request => ListAliases.Handle(request, catalog));
            Map("GET", alias, "GetAlias", GetAlias.Model, request => GetAlias.Handle(request, catalog));
            Map("PUT", alias, "UpdateAlias", UpdateAlias.Model, request => UpdateAlias.Handle(request, catalog));
            Map("DELETE", alias, "DeleteAlias", DeleteAlias.Model, request => DeleteAlias.Handle(request, catalog));

            void Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle)
                    .Requires($"lambda:{name}", FunctionName.ResourceOf).Validates(model.Validate);
        }
    }
}
