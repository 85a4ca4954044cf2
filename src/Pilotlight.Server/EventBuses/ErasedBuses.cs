using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>A reset of the platform empties everything here.</summary>
sealed class ErasedBuses(BusCatalogs catalogs, ReplayCatalog replays, ScheduleServices schedules, DeliverySupervisor deliveries, DeliveryStore store) : IErasable
{
    public async Task EraseAsync()
    {
        await replays.EraseAsync();
        await schedules.Schedules.EraseAsync();
        await schedules.Groups.EraseAsync();
        await catalogs.Rules.EraseAsync();
        await catalogs.Archives.EraseAsync();
        await catalogs.Buses.EraseAsync();
        schedules.Clock.ForgetAll();
        deliveries.Forget();
        await store.EraseAsync();
    }
}
