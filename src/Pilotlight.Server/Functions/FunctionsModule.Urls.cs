using Pilotlight.Api;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        void MapUrls()
        {
            const string url = "/2021-10-31/functions/{FunctionName}/url";
            var catalog = app.Services.GetRequiredService<FunctionCatalog>();
            var options = app.Services.GetRequiredService<FunctionUrlOptions>();
            var time = app.Services.GetRequiredService<TimeProvider>();
            // It follows the catalogue from its first function on.
            app.Services.GetRequiredService<FunctionUrlCatalog>();

            Map("POST", url, "CreateFunctionUrlConfig", CreateFunctionUrlConfig.Model,
                request => CreateFunctionUrlConfig.Handle(request, catalog, options, time));
            Map("GET", url, "GetFunctionUrlConfig", GetFunctionUrlConfig.Model, request => GetFunctionUrlConfig.Handle(request, catalog, options));
            Map("PUT", url, "UpdateFunctionUrlConfig", UpdateFunctionUrlConfig.Model,
                request => UpdateFunctionUrlConfig.Handle(request, catalog, options, time));
            Map("DELETE", url, "DeleteFunctionUrlConfig", GetFunctionUrlConfig.Model, request => DeleteFunctionUrlConfig.Handle(request, catalog));
            Map("GET", "/2021-10-31/functions/{FunctionName}/urls", "ListFunctionUrlConfigs", ListFunctionUrlConfigs.Model,
                request => ListFunctionUrlConfigs.Handle(request, catalog, options));

            void Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle)
                    .Requires($"lambda:{name}", FunctionName.ResourceOf).Validates(model.Validate);
        }
    }
}
