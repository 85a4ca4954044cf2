using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Functions;
using Pilotlight.Queues;

namespace Pilotlight.EventSources;

/// <summary>What the operations of this slice work with.</summary>
sealed record EventSourceServices(
    EventSourceMappingCatalog Mappings, MappingActivator Activator, MappingSupervisor Supervisor, RunParts Parts, Authorizer Authorizer)
{
    public static string IdOf(AwsRequest request) => request.Path("UUID").ToLowerInvariant();

    public FunctionCatalog Functions => Parts.Functions;

    public TimeProvider Time => Parts.Time;

    /// <summary>Whether the source exists and may be polled, as far as its service is here.</summary>
    public ValueTask<AwsError?> RefuseSourceAsync(EventSourceKind kind, MappingSource source, FunctionReference function, CancellationToken cancellation) =>
        Functions.Find(function.Key)?.Show(function.Qualifier) is { } version
            ? Supervisor.RefuseAsync(new SourceUse(kind, source, version), cancellation)
            : default;

    /// <summary>As the API shows it, with the newest result.</summary>
    public MappingConfiguration Show(EventSourceMapping mapping) => MappingConfiguration.Of(Parts.Results.Apply(mapping));
}

public static class EventSourcesModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddEventSources(SourcesOptions options)
        {
            services.AddStreamSources(options);
            services.AddSingleton<EventSourceMappingStore>().AddSingleton<EventSourceMappingCatalog>().AddSingleton<MappingActivator>();
            services.AddSingleton<MappingResults>().AddSingleton<MappingMeter>().AddSingleton<RunParts>();
            services.AddSingleton<IMetricSource>(provider => provider.GetRequiredService<MappingMeter>());
            services.AddSingleton(provider => new MappingSupervisor(
                provider.GetServices<IEventSource>, provider.GetRequiredService<RunParts>(), provider.GetRequiredService<ILogger<MappingSupervisor>>()));
            services.AddSingleton(options).AddSingleton<ProcessorRoom>();
            services.AddSingleton<IQueueSource>(provider => options.Sqs.Endpoint.Length > 0
                ? new RemoteQueues(options.Sqs, provider.GetRequiredService<TimeProvider>())
                : new OwnQueues(provider.GetRequiredService<QueueCatalog>()));
            services.AddSingleton<IEventSource, SqsSource>().AddSingleton<IEventSource, RabbitSource>().AddSingleton<IEventSource, KafkaSource>();
            services.AddSingleton<EventSourceServices>().AddSingleton<ITaggedKind, MappingTagKind>().AddSingleton<IJudgedResource, JudgedMapping>();
            services.AddHostedService(provider => provider.GetRequiredService<MappingActivator>());
            return services;
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapEventSources()
        {
            const string mappings = "/2015-03-31/event-source-mappings";
            const string mapping = mappings + "/{UUID}";
            var services = routes.ServiceProvider.GetRequiredService<EventSourceServices>();

            Map("POST", mappings, "CreateEventSourceMapping", MappingModel.Create, request => CreateEventSourceMapping.Handle(request, services));
            Map("GET", mappings, "ListEventSourceMappings", MappingModel.List, request => ListEventSourceMappings.Handle(request, services));
            Map("GET", mapping, "GetEventSourceMapping", MappingModel.ByUuid, request => GetEventSourceMapping.Handle(request, services), ArnOf);
            Map("PUT", mapping, "UpdateEventSourceMapping", MappingModel.Update, request => UpdateEventSourceMapping.Handle(request, services), ArnOf);
            Map("DELETE", mapping, "DeleteEventSourceMapping", MappingModel.ByUuid, request => DeleteEventSourceMapping.Handle(request, services), ArnOf);

            void Map(
                string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle,
                Func<AwsRequest, string>? resource = null) =>
                routes.MapRest(AwsService.Lambda, method, path, name, handle)
                    .Requires($"lambda:{name}", resource, (request, key) => MappingConditions.Find(request, key, services)).Validates(model.Validate);

            static string ArnOf(AwsRequest request) =>
                EventSourceMapping.ArnOf(request.Region, request.AccountId, EventSourceServices.IdOf(request));
        }
    }
}
