namespace Pilotlight.Queues;

/// <summary>SQS.</summary>
public static class QueuesModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddQueues() => services;
    }

    extension(WebApplication app)
    {
        public void MapQueues()
        {
        }
    }
}
