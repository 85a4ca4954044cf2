using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>What the operations of this slice work with.</summary>
sealed record InvocationServices(Invoker Invoker, EventInvocations Events, TimeProvider Time);

public static class InvocationsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddInvocations()
        {
            services.AddSingleton<InvocationAccount>();
            services.AddSingleton<Invoker>().AddSingleton<InvocationMeter>().AddSingleton<EventInvocations>().AddSingleton<InvocationServices>();
            services.AddHostedService(provider => provider.GetRequiredService<InvocationAccount>());
            services.AddHostedService(provider => provider.GetRequiredService<EventInvocations>());
            return services;
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapInvocations()
        {
            var services = routes.ServiceProvider.GetRequiredService<InvocationServices>();
            var catalog = routes.ServiceProvider.GetRequiredService<FunctionCatalog>();
            routes.MapRest(AwsService.Lambda, "POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke",
                    request => Invoke.Handle(request, catalog, services))
                .Requires("lambda:InvokeFunction", FunctionName.ResourceOf).Validates(Invoke.Validate)
                .LimitsBody(Invoke.MaxPayloadBytes, () => AwsError.TooLarge(Invoke.MaxPayloadBytes, "InvokeFunction"));
            routes.MapRest(AwsService.Lambda, "POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", "InvokeWithResponseStream",
                    request => InvokeWithResponseStream.Handle(request, catalog, services))
                .Requires("lambda:InvokeFunction", FunctionName.ResourceOf).Validates(LambdaInputs.InvokeWithResponseStream.Validate)
                .LimitsBody(Invoke.MaxPayloadBytes, () => AwsError.TooLarge(Invoke.MaxPayloadBytes, "InvokeWithResponseStream"));
            routes.MapRest(AwsService.Lambda, "POST", "/2014-11-13/functions/{FunctionName}/invoke-async", "InvokeAsync",
                    request => InvokeAsync.Handle(request, catalog, services))
                .Requires("lambda:InvokeFunction", FunctionName.ResourceOf).Validates(LambdaInputs.InvokeAsync.Validate)
                .LimitsBody(Invoke.MaxPayloadBytes, () => AwsError.TooLarge(Invoke.MaxPayloadBytes, "InvokeAsync"));
        }
    }
}
