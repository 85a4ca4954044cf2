using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(IServiceCollection services)
    {
        IServiceCollection AddCodeSigning(CodeSigningOptions options) => services
            .AddSingleton(options).AddSingleton<CodeSigningStore>().AddSingleton<CodeSigningCatalog>().AddSingleton<CodeSigningServices>()
            .AddSingleton<PackageSignatures>().AddSingleton<ITaggedKind, CodeSigningTagKind>()
            .AddSingleton<IJudgedResource, JudgedCodeSigningConfig>();
    }

    extension(WebApplication app)
    {
        void MapCodeSigning()
        {
            const string configs = "/2020-04-22/code-signing-configs";
            const string config = configs + "/{CodeSigningConfigArn}";
            const string ofFunction = "/2020-06-30/functions/{FunctionName}/code-signing-config";
            var services = app.Services.GetRequiredService<CodeSigningServices>();

            Map("POST", configs, "CreateCodeSigningConfig", CreateCodeSigningConfig.Model, CreateCodeSigningConfig.Handle);
            Map("GET", configs, "ListCodeSigningConfigs", ListCodeSigningConfigs.Model, ListCodeSigningConfigs.Handle);
            Map("GET", config, "GetCodeSigningConfig", CodeSigningShapes.OneConfig, GetCodeSigningConfig.Handle, Config);
            Map("PUT", config, "UpdateCodeSigningConfig", UpdateCodeSigningConfig.Model, UpdateCodeSigningConfig.Handle, Config);
            Map("DELETE", config, "DeleteCodeSigningConfig", CodeSigningShapes.OneConfig, DeleteCodeSigningConfig.Handle, Config);
            Map("GET", config + "/functions", "ListFunctionsByCodeSigningConfig", ListFunctionsByCodeSigningConfig.Model,
                ListFunctionsByCodeSigningConfig.Handle, Config);
            Map("PUT", ofFunction, "PutFunctionCodeSigningConfig", PutFunctionCodeSigningConfig.Model, PutFunctionCodeSigningConfig.Handle,
                FunctionName.ResourceOf).AlsoRequires("lambda:PutFunctionCodeSigningConfig", PutFunctionCodeSigningConfig.ConfigOf);
            Map("GET", ofFunction, "GetFunctionCodeSigningConfig", CodeSigningShapes.OneFunction, GetFunctionCodeSigningConfig.Handle,
                FunctionName.ResourceOf);
            Map("DELETE", ofFunction, "DeleteFunctionCodeSigningConfig", CodeSigningShapes.OneFunction, DeleteFunctionCodeSigningConfig.Handle,
                FunctionName.ResourceOf);

            AwsOperation Map(
                string method, string path, string name, OperationModel model, Func<AwsRequest, CodeSigningServices, ValueTask<AwsResult>> handle,
                Func<AwsRequest, string>? resource = null) =>
                app.MapRest(AwsService.Lambda, method, path, name, request => handle(request, services))
                    .Requires($"lambda:{name}", resource).Validates(model.Validate);

            static string Config(AwsRequest request) => request.Path("CodeSigningConfigArn");
        }
    }
}
