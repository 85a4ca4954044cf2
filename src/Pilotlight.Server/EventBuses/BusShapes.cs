using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>Types that EventBridge and EventBridge Scheduler model alike.</summary>
static class BusShapes
{
    public static StringShape Text { get; } = new();

    public static BooleanShape Boolean { get; } = new();

    public static TimestampShape Timestamp { get; } = new();

    public static StringShape TagKey { get; } = new() { Min = 1, Max = 128 };

    public static StringShape NextToken { get; } = new() { Min = 1, Max = 2048 };

    public static StringShape TargetArn { get; } = new() { Min = 1, Max = 1600 };

    public static StringShape LaunchType { get; } = new() { Enum = ["EC2", "FARGATE", "EXTERNAL"] };

    public static StringShape AssignPublicIp { get; } = new() { Enum = ["ENABLED", "DISABLED"] };

    public static StringShape CapacityProvider { get; } = new() { Min = 1, Max = 255 };

    public static NumberShape CapacityProviderStrategyItemWeight { get; } = new() { Min = 0, Max = 1000 };

    public static NumberShape CapacityProviderStrategyItemBase { get; } = new() { Min = 0, Max = 100000 };

    public static StringShape PlacementConstraintType { get; } = new() { Enum = ["distinctInstance", "memberOf"] };

    public static StringShape PlacementStrategyType { get; } = new() { Enum = ["random", "spread", "binpack"] };

    public static StringShape PropagateTags { get; } = new() { Enum = ["TASK_DEFINITION"] };

    public static NumberShape MaximumRetryAttempts { get; } = new() { Min = 0, Max = 185 };

    public static NumberShape MaximumEventAgeInSeconds { get; } = new() { Min = 60, Max = 86400 };
}
