using System.Text.Json.Serialization;
using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>Brings events of an archive to their bus once more.</summary>
sealed record Replay : IBusResource
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }

    /// <summary>The archive.</summary>
    public required string EventSourceArn { get; init; }

    public required string DestinationArn { get; init; }

    /// <summary>Rules; null for all of the bus.</summary>
    public IReadOnlyList<string>? FilterArns { get; init; }

    public string? Description { get; init; }
    public required string State { get; init; }
    public DateTimeOffset From { get; init; }
    public DateTimeOffset To { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The last event that was brought; a restart goes on after it.</summary>
    public DateTimeOffset? LastReplayed { get; init; }

    public long LastId { get; init; }

    [JsonIgnore]
    public BusScope Scope => new(AccountId, Region);

    [JsonIgnore]
    public string Key => Name;

    [JsonIgnore]
    public bool IsUnderWay => State is "STARTING" or "RUNNING" or "CANCELLING";
}

/// <summary>Every replay.</summary>
sealed class ReplayCatalog(Database database)
{
    readonly ResourceCatalog<Replay> _replays = new(database, "replay", BusesJson.Default.Replay);

    public Replay? Find(BusScope scope, string name) => _replays.Find(scope, name);

    public IEnumerable<KeyValuePair<string, Replay>> List(BusScope scope) => _replays.List(scope);

    public IEnumerable<Replay> All() => _replays.All();

    public Task<Replay?> ChangeAsync(BusScope scope, string name, Func<Replay?, Replay?> decide) => _replays.ChangeAsync(scope, name, decide);

    public Task EraseAsync() => _replays.EraseAsync();
}
