using System.Globalization;
using Pilotlight.Authorization;
using Pilotlight.Functions;
using Pilotlight.Targets;

namespace Pilotlight.Invocations.Events;

/// <summary>
/// Tells destinations and dead-letter queues how events ended, in the name of the function's role. A target that cannot take a record now
/// is asked three times; what it takes none of is counted, as AWS does, and logged.
/// </summary>
sealed partial class EventDestinations(TargetDispatcher targets, FunctionCatalog catalog, EventMeter meter, EventClock clock, ILogger<EventDestinations> log)
{
    const int MaxAttempts = 3;

    public EventMeter Meter => meter;

    public async Task SucceededAsync(WaitingEvent waiting, EventAnswer answer)
    {
        if (ConfigOf(waiting) is { OnSuccess: { } destination })
            await SendRecordAsync(waiting, destination, EventCondition.Success, 1 + waiting.Failures, answer);
    }

    /// <summary>Both get the event: the dead-letter queue and the destination.</summary>
    /// <returns>The ARNs of those that took it.</returns>
    public async Task<IReadOnlyList<string>> FailedAsync(WaitingEvent waiting, string condition, int attempts)
    {
        var sent = new List<string>();
        if (VersionOf(waiting)?.DeadLetterTargetArn is { } deadLetters)
        {
            if (await TrySendAsync(DeadLetter(waiting, deadLetters), waiting))
                sent.Add(deadLetters);
            else
                meter.CountDeadLetterError();
        }

        if (ConfigOf(waiting) is { OnFailure: { } destination }
            && await SendRecordAsync(waiting, destination, condition, attempts, condition == EventCondition.ZeroReservedConcurrency ? null : waiting.LastAnswer))
            sent.Add(destination);
        return sent;
    }

    async Task<bool> SendRecordAsync(WaitingEvent waiting, string destination, string condition, int attempts, EventAnswer? answer)
    {
        var now = clock.Now;
        var delivery = new Delivery
        {
            TargetArn = destination,
            Payload = DestinationRecord.Write(waiting, condition, attempts, answer, now),
            Sender = SenderOf(waiting),
            TraceHeader = waiting.TraceId,
            ObjectKey = string.Create(
                CultureInfo.InvariantCulture, $"aws/lambda/async/{waiting.Function.Name}/{now:yyyy'/'MM'/'dd}/{now:yyyy-MM-dd'T'HH.mm.ss}-{Guid.NewGuid()}"),
            Entry = new BusEntry(
                "lambda", $"Lambda Function Invocation Result - {(condition == EventCondition.Success ? "Success" : "Failure")}",
                [destination, DestinationRecord.ArnOf(waiting)]),
        };
        if (await TrySendAsync(delivery, waiting))
            return true;
        meter.CountDeliveryFailure();
        return false;
    }

    /// <summary>The event as it came, with AWS's three attributes (spec/invoke.md 4.2).</summary>
    Delivery DeadLetter(WaitingEvent waiting, string target)
    {
        var attributes = new Dictionary<string, DeliveryAttribute>
        {
            ["RequestID"] = new("String", waiting.RequestId),
            ["ErrorCode"] = new("Number", waiting.LastAnswer is null ? "429" : "200"),
        };
        // An attribute without a value is none.
        if (EventRun.MessageOf(waiting.LastAnswer) is { Length: > 0 } message)
            attributes["ErrorMessage"] = new("String", message);
        return new Delivery
        {
            TargetArn = target,
            Payload = waiting.Payload,
            Sender = SenderOf(waiting),
            TraceHeader = waiting.TraceId,
            Attributes = attributes,
        };
    }

    async Task<bool> TrySendAsync(Delivery delivery, WaitingEvent waiting)
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await targets.SendAsync(delivery, CancellationToken.None);
            if (result.IsDelivered)
                return true;
            if (result.End != DeliveryEnd.Failed || attempt == MaxAttempts)
            {
                NotTaken(waiting.RequestId, waiting.Function.QualifiedArn, delivery.TargetArn, result.Message ?? "");
                return false;
            }

            await Task.Delay(clock.Options.RetryBaseDelay / 60 * attempt, clock.Time);
        }
    }

    Sender.Role SenderOf(WaitingEvent waiting) =>
        new(new WornRole(VersionOf(waiting)?.Role ?? "", "lambda.amazonaws.com", waiting.Function.Arn));

    FunctionVersion? VersionOf(WaitingEvent waiting) => catalog.Find(waiting.Function) ?? catalog.Find(waiting.Function with { Qualifier = null });

    /// <summary>That of the qualifier that was invoked; one without its own has the defaults.</summary>
    public EventInvokeConfig? ConfigOf(WaitingEvent waiting) =>
        catalog.Find(waiting.Function.Key)?.EventInvokeConfigs.GetValueOrDefault(waiting.Function.Qualifier ?? FunctionVersion.Latest);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The record of event {RequestId} of {Function} could not be given to {Target}: {Reason}")]
    partial void NotTaken(string requestId, string function, string target, string reason);
}
