using System.Text.Json.Serialization;
using Pilotlight.Patterns;
using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>Keeps the events of a bus.</summary>
sealed record Archive : IBusResource
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }
    public required string EventSourceArn { get; init; }
    public string? Description { get; init; }
    public string? EventPattern { get; init; }
    public string? KmsKeyIdentifier { get; init; }

    /// <summary>0 for ever.</summary>
    public int RetentionDays { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    [JsonIgnore]
    public BusScope Scope => new(AccountId, Region);

    [JsonIgnore]
    public string Key => Name;

    [JsonIgnore]
    public string Arn => Scope.ArchiveArn(Name);
}

/// <summary>Every archive.</summary>
sealed class ArchiveCatalog(Database database)
{
    readonly ResourceCatalog<Archive> _archives = new(database, "archive", BusesJson.Default.Archive);
    readonly System.Runtime.CompilerServices.ConditionalWeakTable<string, EventPattern> _patterns = [];

    public Archive? Find(BusScope scope, string name) => _archives.Find(scope, name);

    public IEnumerable<KeyValuePair<string, Archive>> List(BusScope scope) => _archives.List(scope);

    public IEnumerable<Archive> All() => _archives.All();

    public Task<Archive?> ChangeAsync(BusScope scope, string name, Func<Archive?, Archive?> decide) => _archives.ChangeAsync(scope, name, decide);

    public Task EraseAsync() => _archives.EraseAsync();

    /// <summary>The archives of a bus that keep such an event.</summary>
    public IEnumerable<Archive> Wanting(string busArn, BusEvent one)
    {
        var bus = BusName.TryParse(busArn)!.Value;
        return _archives.List(bus.Scope).Values.Where(archive => archive.EventSourceArn == busArn
            && (archive.EventPattern is not { } text || _patterns.GetValue(text, static text => EventPattern.Parse(text)).Matches(one.Value)));
    }
}
