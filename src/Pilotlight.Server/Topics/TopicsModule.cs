namespace Pilotlight.Topics;

/// <summary>SNS.</summary>
public static class TopicsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddTopics() => services;
    }

    extension(WebApplication app)
    {
        public void MapTopics()
        {
        }
    }
}
