using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>Every bus, the default ones among them.</summary>
sealed class BusCatalog(Database database)
{
    readonly ResourceCatalog<EventBus> _buses = new(database, "bus", BusesJson.Default.EventBus);

    public EventBus? Find(BusName bus) => _buses.Find(bus.Scope, bus.Name) ?? (bus.Name == EventBus.Default ? DefaultOf(bus.Scope) : null);

    /// <exception cref="Api.AwsException">There is no such bus.</exception>
    public EventBus Get(BusName bus) => Find(bus) ?? throw BusErrors.NoBus(bus.Name).AsException();

    public IEnumerable<KeyValuePair<string, EventBus>> List(BusScope scope)
    {
        var made = _buses.List(scope);
        return made.ContainsKey(EventBus.Default) ? made : made.SetItem(EventBus.Default, DefaultOf(scope));
    }

    public Task<EventBus?> ChangeAsync(BusName bus, Func<EventBus?, EventBus?> decide) =>
        _buses.ChangeAsync(bus.Scope, bus.Name, known => decide(known ?? (bus.Name == EventBus.Default ? DefaultOf(bus.Scope) : null)));

    public Task EraseAsync() => _buses.EraseAsync();

    static EventBus DefaultOf(BusScope scope) => new() { AccountId = scope.AccountId, Region = scope.Region, Name = EventBus.Default };
}
