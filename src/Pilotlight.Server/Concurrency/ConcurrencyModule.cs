using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>What the operations of this slice work with.</summary>
sealed record ConcurrencyServices(
    FunctionCatalog Catalog, ConcurrencyChanges Changes, ProvisionedLevels Levels, ConcurrencyOptions Options, TimeProvider Time);

public static class ConcurrencyModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddConcurrency(ConcurrencyOptions options) => services.AddSingleton(options)
            .AddSingleton<ConcurrencyLimiter>().AddSingleton<ConcurrencyChanges>().AddSingleton<ConcurrencyServices>();
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapConcurrency()
        {
            var services = routes.ServiceProvider.GetRequiredService<ConcurrencyServices>();
            const string reserved = "/2017-10-31/functions/{FunctionName}/concurrency";

            Map("PUT", reserved, "PutFunctionConcurrency", PutFunctionConcurrency.Model, request => PutFunctionConcurrency.Handle(request, services));
            Map("DELETE", reserved, "DeleteFunctionConcurrency", DeleteFunctionConcurrency.Model,
                request => DeleteFunctionConcurrency.Handle(request, services));
            Map("GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency", GetFunctionConcurrency.Model,
                request => GetFunctionConcurrency.Handle(request, services.Catalog));

            const string provisioned = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
            Map("PUT", provisioned, "PutProvisionedConcurrencyConfig", PutProvisionedConcurrencyConfig.Model,
                request => PutProvisionedConcurrencyConfig.Handle(request, services));
            Map("DELETE", provisioned, "DeleteProvisionedConcurrencyConfig", DeleteProvisionedConcurrencyConfig.Model,
                request => DeleteProvisionedConcurrencyConfig.Handle(request, services));
            Map("GET", provisioned, "GetProvisionedConcurrencyConfig", GetProvisionedConcurrencyConfig.Model,
                    request => GetProvisionedConcurrencyConfig.Handle(request, services))
                .OrWhenQuery("List", "ALL", routes.MapVariant(
                        AwsService.Lambda, "ListProvisionedConcurrencyConfigs", request => ListProvisionedConcurrencyConfigs.Handle(request, services))
                    .Requires("lambda:ListProvisionedConcurrencyConfigs", FunctionName.ResourceOf)
                    .Validates(ListProvisionedConcurrencyConfigs.Model.Validate));

            AwsOperation Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                routes.MapRest(AwsService.Lambda, method, path, name, handle)
                    .Requires($"lambda:{name}", FunctionName.ResourceOf).Validates(model.Validate);
        }
    }
}
