using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Invocations.Events;

/// <summary>One attempt at an event, and what follows from how it ended.</summary>
sealed partial class EventRun(Invoker invoker, FunctionCatalog catalog, EventStore store, EventDestinations destinations, EventClock clock)
{
    const int MaxErrorCharacters = 1024;

    public EventMeter Meter => destinations.Meter;

    /// <param name="places">Gets one back as soon as the function has run.</param>
    public async Task RunAsync(EventLane lane, WaitingEvent waiting, SemaphoreSlim places)
    {
        var execution = await TryInvokeAsync(lane, waiting, places);
        if (execution is null)
            return;
        var (condition, answer) = execution.Value;
        if (condition == EventCondition.Success)
        {
            await destinations.SucceededAsync(waiting, answer!);
            await store.DeleteAsync(waiting);
            lane.Left(waiting);
            return;
        }

        if (condition is null)
        {
            waiting = waiting with { Failures = waiting.Failures + 1, LastAnswer = answer };
            var (pause, end) = clock.Rules.AfterFailure(waiting.Failures, clock.Now - waiting.AcceptedAt, destinations.ConfigOf(waiting));
            if (end is null)
            {
                var due = clock.Now + pause;
                await store.PostponeAsync(waiting, due);
                lane.Postponed(waiting, due);
                return;
            }

            condition = end;
        }

        await FailAsync(lane, waiting, condition);
    }

    /// <summary>
    /// Null: the event goes back to wait. Else the condition that ends it, or none when the function failed, with the answer of what ran.
    /// </summary>
    async Task<(string? Condition, EventAnswer? Answer)?> TryInvokeAsync(EventLane lane, WaitingEvent waiting, SemaphoreSlim places)
    {
        var hasPlace = true;
        try
        {
            var age = clock.Now - waiting.AcceptedAt;
            var function = catalog.Find(waiting.Function.Key);
            if (function is { ReservedConcurrency: 0 })
                return (EventCondition.ZeroReservedConcurrency, null);
            if (age >= RetryRules.OldestOf(destinations.ConfigOf(waiting)))
                return (EventCondition.EventAgeExceeded, waiting.LastAnswer);

            // Queued events run the code that is current when they are taken (spec/invoke.md 4).
            var version = catalog.Find(waiting.Function);
            if (version is null)
                return (null, Failure(waiting, "ResourceNotFoundException", waiting.Function.NotFoundByInvoke.Message));
            if (version.NotRunnable is not null || version.State is not ("Active" or "Pending"))
                return (null, Failure(waiting, "ResourceConflictException", InvocationErrors.NotActive(version.State).Message));
            var execution = version.State == "Pending" ? null : await TryInvokeAsync(version, waiting);
            if (execution?.Outcome is null or InvocationOutcome.Throttled)
            {
                hasPlace = false;
                lane.Throttled(waiting);
                places.Release();
                return null;
            }

            if (waiting.Failures == 0)
                Meter.CountAge(age);
            if (execution.Finished is { IsCompletedSuccessfully: false } finished)
                await finished.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (clock.IsStopping && execution.Outcome is InvocationOutcome.PlatformError)
                return null;
            return execution.Outcome switch
            {
                InvocationOutcome.Succeeded => (EventCondition.Success, new EventAnswer(version.Version, execution.Outcome.Payload)),
                InvocationOutcome.Recursive => (EventCondition.RetriesExhausted, null),
                _ => (null, new EventAnswer(version.Version, execution.Outcome.Payload)),
            };
        }
        finally
        {
            if (hasPlace)
            {
                lane.Ran();
                places.Release();
            }
        }
    }

    async Task<Execution> TryInvokeAsync(FunctionVersion version, WaitingEvent waiting)
    {
        try
        {
            return await invoker.InvokeApartAsync(version, RequestOf(waiting));
        }
        catch (AwsException refused)
        {
            // The role is gone, or does not trust Lambda any more.
            return Execution.NotRun(new InvocationOutcome.PlatformError(refused.Error.Code, refused.Error.Message));
        }
    }

    async Task FailAsync(EventLane lane, WaitingEvent waiting, string condition)
    {
        var attempts = condition == EventCondition.ZeroReservedConcurrency ? 0 : Math.Max(1, waiting.Failures);
        Meter.CountDropped();
        var sentTo = await destinations.FailedAsync(waiting, condition, attempts);
        var failed = new FailedEvent(
            waiting.RequestId, condition, attempts, waiting.AcceptedAt, clock.Now, MessageOf(waiting.LastAnswer), string.Join(' ', sentTo));
        await store.FailAsync(waiting, failed, clock.Options.FailedEventsKept);
        lane.Left(waiting);
    }

    static InvocationRequest RequestOf(WaitingEvent waiting) => new()
    {
        RequestId = waiting.RequestId,
        Payload = waiting.Payload,
        InvokedFunctionArn = waiting.Function.QualifiedArn,
        TraceId = waiting.TraceId,
    };

    static EventAnswer Failure(WaitingEvent waiting, string type, string message) =>
        new(waiting.Function.Qualifier ?? FunctionVersion.Latest, new InvocationOutcome.PlatformError(type, message).Payload);

    /// <summary>The <c>errorMessage</c> of an answer, its first kilobyte; empty when there is none.</summary>
    public static string MessageOf(EventAnswer? answer)
    {
        if (answer is null)
            return "";
        try
        {
            using var json = JsonDocument.Parse(answer.Payload);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("errorMessage", out var message)
                && message.ValueKind == JsonValueKind.String && message.GetString() is { } text
                ? text[..Math.Min(text.Length, MaxErrorCharacters)]
                : "";
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A custom runtime may answer with anything.
            return "";
        }
    }
}
