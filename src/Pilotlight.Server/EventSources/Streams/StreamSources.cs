using Pilotlight.Authorization;

namespace Pilotlight.EventSources;

static class StreamSources
{
    extension(IServiceCollection services)
    {
        /// <summary>Streams of Kinesis, here or elsewhere, and of DynamoDB, which is always elsewhere.</summary>
        public IServiceCollection AddStreamSources(SourcesOptions options)
        {
            services.AddSingleton<StreamCheckpoints>().AddSingleton<LocalStreams>();
            services.AddSingleton<IEventSource>(provider => Open(provider, EventSourceKind.Kinesis, options.Kinesis.Endpoint.Length > 0
                ? RemoteKinesis.At(options.Kinesis, provider.GetRequiredService<TimeProvider>())
                : provider.GetRequiredService<LocalStreams>()));
            services.AddSingleton<IEventSource>(provider => Open(provider, EventSourceKind.DynamoDb, options.DynamoDb.Endpoint.Length > 0
                ? RemoteDynamoDb.At(options.DynamoDb, provider.GetRequiredService<TimeProvider>())
                : null));
            return services;
        }
    }

    static StreamSource Open(IServiceProvider provider, EventSourceKind kind, IShardedStreams? streams) => new(
        kind, streams, provider.GetRequiredService<StreamCheckpoints>(), provider.GetRequiredService<ServiceRoles>(),
        provider.GetRequiredService<ILogger<StreamPoller>>(), provider.GetRequiredService<TimeProvider>());
}
