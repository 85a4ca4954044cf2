namespace Pilotlight.Logs;

/// <summary>A log group by its names.</summary>
readonly record struct LogGroupKey(LogScope Scope, string Group);

/// <summary>A subscription filter: what of a log group goes to a function or a stream. Immutable.</summary>
sealed record LogSubscription
{
    public required LogGroupKey Group { get; init; }
    public required long GroupId { get; init; }
    public required string FilterName { get; init; }
    public required string FilterPattern { get; init; }
    public required string DestinationArn { get; init; }
    public string? RoleArn { get; init; }

    /// <summary><c>ByLogStream</c> or <c>Random</c>: which shard of a stream.</summary>
    public required string Distribution { get; init; }

    public required long CreatedMilliseconds { get; init; }

    /// <summary>On whose behalf it delivers, as policies name it.</summary>
    public string SourceArn => $"{Group.Scope.GroupArn(Group.Group)}:*";

    public string DestinationService => DestinationArn.Split(':', 4)[2];

    public bool IsToFunction => DestinationService == "lambda";

    public FilterPattern Pattern => field ??= Logs.FilterPattern.Parse(FilterPattern);
}

/// <summary>A stored chunk of a subscribed group.</summary>
/// <param name="Stream">Null when it was deleted.</param>
readonly record struct SubscribedChunk(long Id, string? Stream, LoadedChunk Events);
