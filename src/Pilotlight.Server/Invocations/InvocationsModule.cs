using Pilotlight.Api;
using Pilotlight.Functions;
using Pilotlight.Invocations.Events;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.Invocations;

/// <summary>What the operations of this slice work with.</summary>
sealed record InvocationServices(Invoker Invoker, EventQueue Events, TimeProvider Time);

public static class InvocationsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddInvocations(InvocationsOptions options)
        {
            services.AddSingleton<InvocationAccount>();
            services.AddSingleton<Invoker>().AddSingleton<InvocationMeter>().AddSingleton<InvocationServices>();
            services.AddSingleton(static provider => provider.GetRequiredService<InvocationMeter>().Durations);
            services.AddHostedService(provider => provider.GetRequiredService<InvocationAccount>());
            services.AddSingleton(options).AddSingleton<EventClock>().AddSingleton<EventMeter>().AddSingleton<EventStore>();
            services.AddSingleton<EventDestinations>().AddSingleton<EventRun>().AddSingleton<EventQueue>();
            services.AddSingleton<ITarget, FunctionTarget>();
            services.AddSingleton<IErasable>(provider => provider.GetRequiredService<EventQueue>());
            services.AddSingleton<IMetricSource>(provider => provider.GetRequiredService<EventQueue>());
            services.AddHostedService(provider => provider.GetRequiredService<EventQueue>());
            return services;
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapInvocations(bool boundToLoopback)
        {
            var services = routes.ServiceProvider.GetRequiredService<InvocationServices>();
            var catalog = routes.ServiceProvider.GetRequiredService<FunctionCatalog>();
            var store = routes.ServiceProvider.GetRequiredService<EventStore>();
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
            routes.MapRest(AwsService.Pilotlight, "GET", "/_pilotlight/events/{FunctionName}", "GetEvents",
                    request => GetEvents.Handle(request, catalog, services.Events, store))
                .IsTheOperators(boundToLoopback);
        }
    }
}
