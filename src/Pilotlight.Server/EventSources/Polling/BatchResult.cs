namespace Pilotlight.EventSources;

/// <summary>How an invocation with a batch ended.</summary>
public enum BatchEnd
{
    Succeeded,

    /// <summary>The function, or the platform on its behalf, answered with an error.</summary>
    Failed,

    /// <summary>No concurrency was left: no attempt was made.</summary>
    Throttled,

    /// <summary>The function is gone or not active, or its role is: no attempt was made, and <see cref="MappingRun.ReadyAsync"/> waits for the end of it.</summary>
    NotRun,
}

public sealed record BatchResult(BatchEnd End)
{
    /// <summary>What the function answered; empty when it did not run.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    public string RequestId { get; init; } = "";

    /// <summary>Null when it did not run.</summary>
    public string? ExecutedVersion { get; init; }

    /// <summary>AWS's word in records of failures: <c>Unhandled</c>, or null when there was no error.</summary>
    public string? FunctionError => End == BatchEnd.Failed ? "Unhandled" : null;

    /// <summary>Until then the payload is being read.</summary>
    public Task Finished { get; init; } = Task.CompletedTask;
}
