using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>A schedule of EventBridge Scheduler: times, and one target.</summary>
sealed record Schedule : IBusResource
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Group { get; init; }
    public required string Name { get; init; }
    public required string Expression { get; init; }
    public string TimeZone { get; init; } = "UTC";
    public string State { get; init; } = "ENABLED";
    public string? Description { get; init; }
    public DateTimeOffset? StartDate { get; init; }
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>Null for <c>OFF</c>.</summary>
    public int? WindowMinutes { get; init; }

    public string? KmsKeyArn { get; init; }
    public string ActionAfterCompletion { get; init; } = "NONE";
    public required ScheduleTarget Target { get; init; }
    public string? ClientToken { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ModifiedAt { get; init; }

    /// <summary>What a rate without a start counts from.</summary>
    public DateTimeOffset AnchoredAt { get; init; }

    [JsonIgnore]
    public BusScope Scope => new(AccountId, Region);

    [JsonIgnore]
    public string Key => $"{Group}/{Name}";

    [JsonIgnore]
    public string Arn => Scope.ScheduleArn(Group, Name);

    [JsonIgnore]
    public bool IsEnabled => State == "ENABLED";
}

/// <summary>Members are AWS's.</summary>
sealed record ScheduleTarget
{
    public required string Arn { get; init; }
    public required string RoleArn { get; init; }
    public string? Input { get; init; }
    public DeadLetterConfig? DeadLetterConfig { get; init; }
    public RetryPolicy? RetryPolicy { get; init; }
    public EventBridgeParameters? EventBridgeParameters { get; init; }
    public KinesisParameters? KinesisParameters { get; init; }
    public SqsParameters? SqsParameters { get; init; }
    public JsonElement? EcsParameters { get; init; }
    public JsonElement? SageMakerPipelineParameters { get; init; }
}

sealed record EventBridgeParameters(string? DetailType = null, string? Source = null);

/// <summary>A group of schedules. Every account has a default one in every region.</summary>
sealed record ScheduleGroup : IBusResource
{
    public const string Default = "default";

    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }
    public string? ClientToken { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ModifiedAt { get; init; }

    [JsonIgnore]
    public BusScope Scope => new(AccountId, Region);

    [JsonIgnore]
    public string Key => Name;

    [JsonIgnore]
    public string Arn => Scope.GroupArn(Name);
}

/// <summary>Every schedule.</summary>
sealed class ScheduleCatalog(Database database)
{
    readonly ResourceCatalog<Schedule> _schedules = new(database, "schedule", BusesJson.Default.Schedule);

    public Schedule? Find(BusScope scope, string group, string name) => _schedules.Find(scope, $"{group}/{name}");

    public Schedule? FindByArn(string arn) =>
        arn.Split(':', 6) is ["arn", _, "scheduler", var region, var account, var rest] && rest.StartsWith("schedule/", StringComparison.Ordinal)
            ? _schedules.Find(new BusScope(account, region), rest["schedule/".Length..])
            : null;

    public IEnumerable<KeyValuePair<string, Schedule>> List(BusScope scope) => _schedules.List(scope);

    public IEnumerable<Schedule> All() => _schedules.All();

    public Task<Schedule?> ChangeAsync(BusScope scope, string key, Func<Schedule?, Schedule?> decide) => _schedules.ChangeAsync(scope, key, decide);

    public Task EraseAsync() => _schedules.EraseAsync();
}

/// <summary>Every group, the default ones among them.</summary>
sealed class ScheduleGroupCatalog(Database database)
{
    readonly ResourceCatalog<ScheduleGroup> _groups = new(database, "schedule-group", BusesJson.Default.ScheduleGroup);

    public ScheduleGroup? Find(BusScope scope, string name) => _groups.Find(scope, name) ?? (name == ScheduleGroup.Default ? DefaultOf(scope) : null);

    public ScheduleGroup? FindByArn(string arn) =>
        arn.Split(':', 6) is ["arn", _, "scheduler", var region, var account, var rest] && rest.StartsWith("schedule-group/", StringComparison.Ordinal)
            ? Find(new BusScope(account, region), rest["schedule-group/".Length..])
            : null;

    public IEnumerable<KeyValuePair<string, ScheduleGroup>> List(BusScope scope)
    {
        var made = _groups.List(scope);
        return made.ContainsKey(ScheduleGroup.Default) ? made : made.SetItem(ScheduleGroup.Default, DefaultOf(scope));
    }

    public Task<ScheduleGroup?> ChangeAsync(BusScope scope, string name, Func<ScheduleGroup?, ScheduleGroup?> decide) =>
        _groups.ChangeAsync(scope, name, known => decide(known ?? (name == ScheduleGroup.Default ? DefaultOf(scope) : null)));

    public Task EraseAsync() => _groups.EraseAsync();

    static ScheduleGroup DefaultOf(BusScope scope) => new() { AccountId = scope.AccountId, Region = scope.Region, Name = ScheduleGroup.Default };
}
