using Pilotlight.Api;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        /// <summary>Event invoke configs, runtime management, recursion.</summary>
        void MapSettings()
        {
            const string events = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
            const string runtime = "/2021-07-20/functions/{FunctionName}/runtime-management-config";
            const string recursion = "/2024-08-31/functions/{FunctionName}/recursion-config";
            var catalog = app.Services.GetRequiredService<FunctionCatalog>();
            var services = app.Services.GetRequiredService<FunctionServices>();

            Map("PUT", events, "PutFunctionEventInvokeConfig", EventInvokeConfigs.WriteModel,
                request => PutFunctionEventInvokeConfig.Handle(request, services));
            Map("POST", events, "UpdateFunctionEventInvokeConfig", EventInvokeConfigs.WriteModel,
                request => UpdateFunctionEventInvokeConfig.Handle(request, services));
            Map("GET", events, "GetFunctionEventInvokeConfig", EventInvokeConfigs.ReadModel,
                request => GetFunctionEventInvokeConfig.Handle(request, catalog));
            Map("DELETE", events, "DeleteFunctionEventInvokeConfig", EventInvokeConfigs.ReadModel,
                request => DeleteFunctionEventInvokeConfig.Handle(request, catalog));
            Map("GET", events + "/list", "ListFunctionEventInvokeConfigs", ListFunctionEventInvokeConfigs.Model,
                request => ListFunctionEventInvokeConfigs.Handle(request, catalog));
            Map("PUT", runtime, "PutRuntimeManagementConfig", PutRuntimeManagementConfig.Model,
                request => PutRuntimeManagementConfig.Handle(request, catalog));
            Map("GET", runtime, "GetRuntimeManagementConfig", GetRuntimeManagementConfig.Model,
                request => GetRuntimeManagementConfig.Handle(request, catalog));
            Map("PUT", recursion, "PutFunctionRecursionConfig", PutFunctionRecursionConfig.Model,
                request => PutFunctionRecursionConfig.Handle(request, catalog));
            Map("GET", recursion, "GetFunctionRecursionConfig", GetFunctionRecursionConfig.Model,
                request => GetFunctionRecursionConfig.Handle(request, catalog));

            void Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle)
                    .Requires($"lambda:{name}", FunctionName.ResourceOf).Validates(model.Validate);
        }
    }
}
