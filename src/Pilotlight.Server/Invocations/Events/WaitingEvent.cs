using Pilotlight.Functions;

namespace Pilotlight.Invocations.Events;

/// <summary>An event that was accepted: it is on disk until it has run, or its failure was told to whom it concerns.</summary>
sealed record WaitingEvent
{
    /// <summary>Grows in the order of acceptance.</summary>
    public required long Id { get; init; }

    /// <summary>With the qualifier that was invoked, if one was.</summary>
    public required FunctionReference Function { get; init; }

    /// <summary>The same for all attempts.</summary>
    public required string RequestId { get; init; }

    public string? TraceId { get; init; }

    /// <summary>JSON text.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Attempts that ran and failed; throttled ones do not count.</summary>
    public int Failures { get; init; }

    /// <summary>What the last attempt that ran ended with; null before.</summary>
    public EventAnswer? LastAnswer { get; init; }
}

/// <summary>What an attempt was answered with.</summary>
/// <param name="ExecutedVersion">A number or <c>$LATEST</c>.</param>
/// <param name="Payload">The function's bytes, or the platform's words for what happened.</param>
sealed record EventAnswer(string ExecutedVersion, ReadOnlyMemory<byte> Payload);

/// <summary>AWS's words for how an event ended.</summary>
static class EventCondition
{
    public const string Success = "Success";
    public const string RetriesExhausted = "RetriesExhausted";
    public const string EventAgeExceeded = "EventAgeExceeded";
    public const string ZeroReservedConcurrency = "ZeroReservedConcurrency";
}

/// <summary>An event that ended badly, as <c>pilotlight events</c> shows it.</summary>
/// <param name="Error">The function's or the platform's message; empty when it never ran.</param>
/// <param name="SentTo">Where its record went, separated by spaces; empty when nowhere.</param>
sealed record FailedEvent(
    string RequestId, string Condition, int Attempts, DateTimeOffset AcceptedAt, DateTimeOffset FailedAt, string Error, string SentTo);
