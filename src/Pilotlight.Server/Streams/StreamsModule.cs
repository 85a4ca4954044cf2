namespace Pilotlight.Streams;

/// <summary>Kinesis Data Streams.</summary>
public static class StreamsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddStreams() => services;
    }

    extension(WebApplication app)
    {
        public void MapStreams()
        {
        }
    }
}
