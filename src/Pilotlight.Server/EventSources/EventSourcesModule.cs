using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>What the operations of this slice work with.</summary>
sealed record EventSourceServices(
    EventSourceMappingCatalog Mappings, MappingActivator Activator, FunctionCatalog Functions, IEnumerable<EventSourceLookup> Lookups, Authorizer Authorizer,
    TimeProvider Time)
{
    public static string IdOf(AwsRequest request) => request.Path("UUID").ToLowerInvariant();

    /// <summary>Whether the source exists and may be polled, as far as its service is here.</summary>
    public AwsError? RefuseSource(EventSourceKind kind, MappingSource source, FunctionReference function)
    {
        if (source.EventSourceArn is not { } arn || Functions.Find(function.Key)?.Show(function.Qualifier) is not { } version)
            return null;
        return Lookups.Where(lookup => lookup.Kind == kind.Name).Select(lookup => lookup.Check(arn, version.Role)).FirstOrDefault(error => error is not null);
    }
}

public static class EventSourcesModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddEventSources()
        {
            services.AddSingleton<EventSourceMappingStore>().AddSingleton<EventSourceMappingCatalog>().AddSingleton<MappingActivator>();
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
