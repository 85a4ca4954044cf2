using System.Text.Json.Serialization;
using Pilotlight.Authorization;
using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>
/// Everything a delivery needs beside its payload, kept with it: what becomes of the rule or the schedule meanwhile changes nothing.
/// </summary>
sealed record DeliveryPlan
{
    public required string TargetArn { get; init; }

    /// <summary>The rule, or the schedule.</summary>
    public required string SourceArn { get; init; }

    /// <summary><c>events.amazonaws.com</c> or <c>scheduler.amazonaws.com</c>.</summary>
    public required string Principal { get; init; }

    public required string AccountId { get; init; }

    public string? RoleArn { get; init; }

    /// <summary>What the role's trust policy sees; the source's ARN when null.</summary>
    public string? RoleSourceArn { get; init; }

    /// <summary>To a bus of the own account, which needs no leave.</summary>
    public bool IsOwnBus { get; init; }

    /// <summary>How many buses the event has gone through.</summary>
    public int Hops { get; init; }

    public string? MessageGroupId { get; init; }
    public string? PartitionKey { get; init; }
    public string? TraceHeader { get; init; }
    public BusEntry? Entry { get; init; }
    public string? DeadLetterArn { get; init; }
    public int MaxAttempts { get; init; } = 185;
    public int MaxAgeSeconds { get; init; } = 86_400;

    /// <summary>Of schedules: attributes of the dead letter that rules have not.</summary>
    public IReadOnlyDictionary<string, string>? DeadLetterFacts { get; init; }

    [JsonIgnore]
    public bool IsSchedule => Principal == "scheduler.amazonaws.com";

    [JsonIgnore]
    public Sender Sender => RoleArn is { } role
        ? new Sender.Role(new WornRole(role, Principal, RoleSourceArn ?? SourceArn))
        : new Sender.Service(Principal, SourceArn, AccountId);
}

/// <summary>A delivery that was accepted and has not ended.</summary>
sealed class PendingDelivery
{
    public required long Id { get; init; }

    public required DeliveryPlan Plan { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The event before it was transformed, for the dead letter; null when they are the same.</summary>
    public ReadOnlyMemory<byte>? Original { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Attempts that were made.</summary>
    public int Attempts { get; set; }

    /// <summary>Why it is on its way to the dead-letter queue; null while it is on its way to its target.</summary>
    public DeadLetterReason? DeadLetter { get; set; }

    /// <summary>Whether this attempt ended with another to come, which is on disk.</summary>
    public bool IsPostponed { get; set; }

    public string Lane => DeadLetter is null ? Plan.TargetArn : Plan.DeadLetterArn!;
}

sealed record DeadLetterReason(string Code, string Message, string? ExhaustedCondition, int Attempts);
