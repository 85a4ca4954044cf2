using Pilotlight.Api;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        void MapCapacityProviders()
        {
            var catalog = app.Services.GetRequiredService<FunctionCatalog>();
            var services = app.Services.GetRequiredService<FunctionServices>();
            var providers = services.CapacityProviders;

            const string all = "/2025-11-30/capacity-providers";
            const string one = all + "/{CapacityProviderName}";
            const string scaling = "/2025-11-30/functions/{FunctionName}/function-scaling-config";

            Map("POST", all, "CreateCapacityProvider", CreateCapacityProvider.Model,
                request => CreateCapacityProvider.Handle(request, providers, services.Authorizer, services.Time), CreateCapacityProvider.ResourceOf);
            Map("GET", all, "ListCapacityProviders", ListCapacityProviders.Model, request => ListCapacityProviders.Handle(request, providers), null);
            Map("GET", one, "GetCapacityProvider", GetCapacityProvider.Model,
                request => GetCapacityProvider.Handle(request, providers), NamedCapacityProvider.ArnOf);
            Map("PUT", one, "UpdateCapacityProvider", UpdateCapacityProvider.Model,
                request => UpdateCapacityProvider.Handle(request, providers, services.Time), NamedCapacityProvider.ArnOf);
            Map("DELETE", one, "DeleteCapacityProvider", GetCapacityProvider.Model,
                request => DeleteCapacityProvider.Handle(request, providers, catalog), NamedCapacityProvider.ArnOf);
            Map("GET", one + "/function-versions", "ListFunctionVersionsByCapacityProvider", ListFunctionVersionsByCapacityProvider.Model,
                request => ListFunctionVersionsByCapacityProvider.Handle(request, providers, catalog), NamedCapacityProvider.ArnOf);
            Map("PUT", scaling, "PutFunctionScalingConfig", PutFunctionScalingConfig.Model,
                request => PutFunctionScalingConfig.Handle(request, catalog), FunctionName.ResourceOf);
            Map("GET", scaling, "GetFunctionScalingConfig", GetFunctionScalingConfig.Model,
                request => GetFunctionScalingConfig.Handle(request, catalog), FunctionName.ResourceOf);

            void Map(
                string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle,
                Func<AwsRequest, string>? resource) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle).Requires($"lambda:{name}", resource).Validates(model.Validate);
        }
    }
}
