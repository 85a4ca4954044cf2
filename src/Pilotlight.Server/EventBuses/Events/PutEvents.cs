using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html</summary>
static class PutEvents
{
    public const int MaxBodyBytes = 8 * 1024 * 1024;
    const int MaxTotalBytes = 1024 * 1024;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, EventRouter router, Authorizer authorizer, TimeProvider time)
    {
        var entries = request.Json().GetProperty("Entries").EnumerateArray().ToList();
        foreach (var bus in entries.Select(entry => BusOf(request, entry).Arn).Distinct().Skip(1))
        {
            if (authorizer.Check(request, "events:PutEvents", bus) is { } refused)
                return refused;
        }

        if (entries.Sum(SizeOf) > MaxTotalBytes)
            return AwsError.Validation("Total size of the entries in the request is over the limit.");
        var results = new List<(string? Id, string? Code, string? Message)>();
        var events = new List<(BusName Bus, BusEvent Event)>();
        foreach (var entry in entries)
        {
            if (Refuse(request, entry) is { } refused)
            {
                results.Add((null, refused.Code, refused.Message));
                continue;
            }

            if (BusEvent.Parse(Encoding.UTF8.GetBytes(BusRequest.Member(entry, "Detail")!)) is not { ValueKind: JsonValueKind.Object } detail)
            {
                results.Add((null, "MalformedDetail", "Detail is malformed."));
                continue;
            }

            var id = Guid.NewGuid().ToString();
            results.Add((id, null, null));
            events.Add((BusOf(request, entry), BusEvent.Make(BusScope.Of(request), EntryOf(entry, id, time), detail)));
        }

        await router.PublishAsync(events);
        return BusAnswer.Of(writer =>
        {
            writer.WriteNumber("FailedEntryCount", results.Count(result => result.Code is not null));
            writer.WriteStartArray("Entries");
            foreach (var (id, code, message) in results)
            {
                writer.WriteStartObject();
                writer.Text("EventId", id);
                writer.Text("ErrorCode", code);
                writer.Text("ErrorMessage", message);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>The bus that the first entry names.</summary>
    public static string ResourceOf(AwsRequest request) =>
        request.Json().TryGetProperty("Entries", out var entries) && entries.ValueKind == JsonValueKind.Array && entries.GetArrayLength() > 0
            ? BusOf(request, entries[0]).Arn
            : BusScope.Of(request).BusArn(EventBus.Default);

    public static ConditionValues Conditions(AwsRequest request, string key) => key.ToLowerInvariant() switch
    {
        "events:source" => Values(request, "Source"),
        "events:detail-type" => Values(request, "DetailType"),
        _ => ConditionValues.None,
    };

    static ConditionValues Values(AwsRequest request, string member) =>
        new([.. request.Json().GetProperty("Entries").EnumerateArray().Select(entry => BusRequest.Member(entry, member)).OfType<string>().Distinct()]);

    static BusName BusOf(AwsRequest request, JsonElement entry) => BusName.Of(request, BusRequest.Member(entry, "EventBusName"));

    static AwsError? Refuse(AwsRequest request, JsonElement entry)
    {
        foreach (var member in (ReadOnlySpan<string>)["Source", "DetailType", "Detail"])
        {
            if (string.IsNullOrEmpty(BusRequest.Member(entry, member)))
                return new AwsError(400, "InvalidArgument", $"Parameter {member} is not valid. Reason: {member} is a required argument.");
        }

        return BusRequest.Member(entry, "Source")!.StartsWith("aws.", StringComparison.Ordinal)
            ? new AwsError(400, "NotAuthorizedForSourceException", "Not authorized for the source.")
            : null;
    }

    static EventEntry EntryOf(JsonElement entry, string id, TimeProvider time) =>
        new(id, BusRequest.Member(entry, "Source")!, BusRequest.Member(entry, "DetailType")!,
            entry.TryGetProperty("Time", out var at) && BusRequest.TimeOf(at) is { } given ? given : time.GetUtcNow())
        {
            Resources = entry.TryGetProperty("Resources", out var resources) && resources.ValueKind == JsonValueKind.Array
                ? [.. resources.EnumerateArray().Where(resource => resource.ValueKind == JsonValueKind.String).Select(resource => resource.GetString()!)]
                : [],
            TraceHeader = BusRequest.Member(entry, "TraceHeader"),
        };

    /// <summary>As AWS counts: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html</summary>
    static long SizeOf(JsonElement entry)
    {
        long size = entry.TryGetProperty("Time", out var time) && time.ValueKind != JsonValueKind.Null ? 14 : 0;
        foreach (var member in (ReadOnlySpan<string>)["Source", "DetailType", "Detail"])
            size += Encoding.UTF8.GetByteCount(BusRequest.Member(entry, member) ?? "");
        if (entry.TryGetProperty("Resources", out var resources) && resources.ValueKind == JsonValueKind.Array)
            size += resources.EnumerateArray().Sum(resource => resource.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetByteCount(resource.GetString()!) : 0);
        return size;
    }
}
