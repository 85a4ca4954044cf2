using System.Text.Json.Serialization;
using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Invocations.Events;

/// <summary><c>GET /_pilotlight/events/{FunctionName}?account=&amp;region=</c>: what waits, what is tried again, what failed, and why.</summary>
static class GetEvents
{
    const int MaxListed = 100;

    const string FirstAccount = "000000000000";

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, EventQueue events, EventStore store)
    {
        await Task.Yield();

        // On loopback the operator need not sign, and then says by name whose function it is.
        var name = FunctionName.Parse(request.Path("FunctionName"));
        var reference = new FunctionReference(
            name.AccountId ?? request.Query("account") ?? FirstAccount, name.Region ?? request.Query("region") ?? request.Region, name.Name, null);
        if (catalog.Find(reference.Key) is null)
            return reference.NotFoundUnqualified;
        var lane = events.FindLane(reference.Key);
        var rest = lane?.RestsUntil is { } until && until != default ? until : (DateTimeOffset?)null;
        return AwsResult.Json(
            new EventsReport(
                reference.Arn, lane?.Waiting ?? 0, lane?.Running ?? 0, lane?.OldestReady, rest,
                [.. store.ReadRetried(reference.Key, MaxListed).Select(static row => new RetriedLine(
                    row.Event.RequestId, row.Event.Function.Qualifier, row.Event.AcceptedAt, row.Due, row.Event.Failures, EventRun.MessageOf(row.Event.LastAnswer)))],
                [.. store.ReadFailed(reference.Key, MaxListed).Select(static failed => new FailedLine(
                    failed.RequestId, failed.Condition, failed.Attempts, failed.AcceptedAt, failed.FailedAt, failed.Error, failed.SentTo))]),
            EventsJson.Default.EventsReport);
    }
}

/// <param name="Waiting">Accepted and not over, the running ones included.</param>
/// <param name="ThrottledUntil">The function was throttled; its events rest until then.</param>
sealed record EventsReport(
    string FunctionArn, long Waiting, int Running, DateTimeOffset? OldestAcceptedAt, DateTimeOffset? ThrottledUntil,
    IReadOnlyList<RetriedLine> Retried, IReadOnlyList<FailedLine> Failed);

sealed record RetriedLine(string RequestId, string? Qualifier, DateTimeOffset AcceptedAt, DateTimeOffset DueAt, int Failures, string Error);

sealed record FailedLine(
    string RequestId, string Condition, int Attempts, DateTimeOffset AcceptedAt, DateTimeOffset FailedAt, string Error, string SentTo);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EventsReport))]
sealed partial class EventsJson : JsonSerializerContext;
