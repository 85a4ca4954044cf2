using Microsoft.Extensions.DependencyInjection.Extensions;
using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(IServiceCollection services)
    {
        /// <summary>The catalogue is loaded when the hosts start, before the first request.</summary>
        public IServiceCollection AddFunctions(FunctionsOptions options, CodeSigningOptions? signing = null)
        {
            services.AddCodeSigning(signing ?? new CodeSigningOptions());
            services.AddSingleton(options).AddSingleton(options.Packages);
            services.TryAddSingleton(PackageSource.NoObjects);
            services.AddSingleton<IJudgedResource, JudgedFunction>().AddSingleton<IJudgedResource, JudgedLayer>();
            services.AddSingleton<FunctionStore>().AddSingleton<PackageStore>().AddSingleton<FunctionCatalog>().AddSingleton<CodeLinks>();
            services.AddSingleton<CapacityProviderCatalog>().AddSingleton<ITaggedKind, CapacityProviderTagKind>()
                .AddSingleton<IJudgedResource, JudgedCapacityProvider>();
            services.AddSingleton<FunctionActivator>().AddSingleton<FunctionServices>();
            services.AddSingleton<LayerStore>().AddSingleton<LayerCatalog>().AddSingleton<LayerServices>();
            services.AddSingleton<TaggedKinds>().AddSingleton<ITaggedKind, FunctionTagKind>();
            services.AddSingleton<FunctionUrlCatalog>().TryAddSingleton<FunctionUrlOptions>();
            services.AddHostedService(provider => provider.GetRequiredService<FunctionActivator>());
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void MapFunctions()
        {
            var catalog = app.Services.GetRequiredService<FunctionCatalog>();
            var services = app.Services.GetRequiredService<FunctionServices>();
            var options = app.Services.GetRequiredService<FunctionsOptions>();
            var links = app.Services.GetRequiredService<CodeLinks>();

            const string functions = "/2015-03-31/functions";
            const string function = functions + "/{FunctionName}";

            Map("POST", functions, "CreateFunction", request => CreateFunction.Handle(request, services))
                .Requires("lambda:CreateFunction", CreateFunction.ResourceOf).Validates(CreateFunction.Model.Validate)
                .LimitsBody(CreateFunction.MaxBodyBytes);
            Map("GET", functions, "ListFunctions", request => ListFunctions.Handle(request, catalog))
                .Requires("lambda:ListFunctions").Validates(ListFunctions.Model.Validate);
            OnFunction("GET", function, "GetFunction", GetFunction.Model, request => GetFunction.Handle(request, catalog, links));
            OnFunction("GET", function + "/configuration", "GetFunctionConfiguration", GetFunction.Model,
                request => GetFunctionConfiguration.Handle(request, catalog));
            OnFunction("PUT", function + "/code", "UpdateFunctionCode", UpdateFunctionCode.Model,
                request => UpdateFunctionCode.Handle(request, services)).LimitsBody(CreateFunction.MaxBodyBytes);
            OnFunction("PUT", function + "/configuration", "UpdateFunctionConfiguration", UpdateFunctionConfiguration.Model,
                request => UpdateFunctionConfiguration.Handle(request, services));
            OnFunction("DELETE", function, "DeleteFunction", DeleteFunction.Model, request => DeleteFunction.Handle(request, catalog));
            app.MapVersions();
            app.MapCapacityProviders();

            app.MapTags();
            app.MapLayers();
            app.MapCodeSigning();
            Map("GET", "/2016-08-19/account-settings", "GetAccountSettings", request => GetAccountSettings.Handle(request, catalog, services.Layers, options))
                .Requires("lambda:GetAccountSettings");

            app.MapPermissions();
            app.MapSettings();
            app.MapUrls();
            foreach (var operation in app.Services.GetRequiredService<OperationRegistry>().All)
            {
                if (operation.Service == AwsService.Lambda && operation.Conditions is null)
                    operation.WithConditions((request, key) => FunctionConditions.Find(request, key, catalog));
            }

            app.MapGet(CodeLinks.Route, (RequestDelegate)links.ServeAsync);

            AwsOperation Map(string method, string path, string name, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle);

            AwsOperation OnFunction(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                Map(method, path, name, handle).Requires($"lambda:{name}", FunctionName.ResourceOf).Validates(model.Validate);
        }
    }
}
