namespace Pilotlight.EventBuses;

/// <summary>EventBridge and EventBridge Scheduler.</summary>
public static class EventBusesModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddEventBuses() => services;
    }

    extension(WebApplication app)
    {
        public void MapEventBuses()
        {
        }
    }
}
