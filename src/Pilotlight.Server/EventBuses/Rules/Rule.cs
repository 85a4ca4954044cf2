using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Patterns;

namespace Pilotlight.EventBuses;

/// <summary>A rule of a bus: what it waits for (events, a time, or both), and where it sends what it finds.</summary>
sealed record Rule : IBusResource
{
    public const string Disabled = "DISABLED";

    /// <summary>By the text itself: what a pattern was read from stays with it as long as the rule does.</summary>
    static readonly ConditionalWeakTable<string, EventPattern> s_patterns = [];

    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string BusName { get; init; }
    public required string Name { get; init; }
    public string? EventPattern { get; init; }
    public string? ScheduleExpression { get; init; }
    public string State { get; init; } = "ENABLED";
    public string? Description { get; init; }
    public string? RoleArn { get; init; }
    public string? CreatedBy { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public ImmutableArray<RuleTarget> Targets { get; init; } = [];

    /// <summary>What <c>rate()</c> counts from: when it was made or enabled.</summary>
    public DateTimeOffset EnabledAt { get; init; }

    [JsonIgnore]
    public BusScope Scope => new(AccountId, Region);

    [JsonIgnore]
    public string Key => KeyOf(BusName, Name);

    [JsonIgnore]
    public string Arn => Scope.RuleArn(BusName, Name);

    [JsonIgnore]
    public bool IsEnabled => State != Disabled;

    [JsonIgnore]
    public EventPattern? Pattern => EventPattern is { } text ? s_patterns.GetValue(text, static text => Patterns.EventPattern.Parse(text)) : null;

    /// <summary>Neither names of buses nor of rules hold the sign between them.</summary>
    public static string KeyOf(string bus, string rule) => $"{bus}|{rule}";

    /// <summary>Null for what is no ARN of a rule. The last part is the rule's, for a bus may have slashes in its name.</summary>
    public static (BusScope Scope, string Key)? Locate(string arn)
    {
        if (arn.Split(':', 6) is not ["arn", _, "events", var region, var account, var rest] || !rest.StartsWith("rule/", StringComparison.Ordinal))
            return null;
        var name = rest["rule/".Length..];
        var slash = name.LastIndexOf('/');
        return (new BusScope(account, region), slash < 0 ? KeyOf(EventBuses.EventBus.Default, name) : KeyOf(name[..slash], name[(slash + 1)..]));
    }
}

/// <summary>Where a rule sends an event, and how. Members are AWS's.</summary>
sealed record RuleTarget
{
    public required string Id { get; init; }
    public required string Arn { get; init; }
    public string? RoleArn { get; init; }
    public string? Input { get; init; }
    public string? InputPath { get; init; }
    public InputTransformer? InputTransformer { get; init; }
    public KinesisParameters? KinesisParameters { get; init; }
    public JsonElement? RunCommandParameters { get; init; }
    public JsonElement? EcsParameters { get; init; }
    public JsonElement? BatchParameters { get; init; }
    public SqsParameters? SqsParameters { get; init; }
    public JsonElement? HttpParameters { get; init; }
    public JsonElement? RedshiftDataParameters { get; init; }
    public JsonElement? SageMakerPipelineParameters { get; init; }
    public DeadLetterConfig? DeadLetterConfig { get; init; }
    public RetryPolicy? RetryPolicy { get; init; }
    public JsonElement? AppSyncParameters { get; init; }
}

sealed record InputTransformer
{
    public IReadOnlyDictionary<string, string>? InputPathsMap { get; init; }
    public string InputTemplate { get; init; } = "";
}

sealed record KinesisParameters(string? PartitionKeyPath = null, string? PartitionKey = null);

sealed record SqsParameters(string? MessageGroupId = null);

sealed record DeadLetterConfig(string? Arn = null);

sealed record RetryPolicy(int? MaximumRetryAttempts = null, int? MaximumEventAgeInSeconds = null);
