using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html</summary>
static class LookupEvents
{
    const int MaxResults = 50;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, AuditLog log, AuditStore store)
    {
        var input = request.Read(AuditJson.Default.LookupEventsRequest);
        if (input.MaxResults is < 1 or > MaxResults)
            return Invalid("InvalidMaxResultsException", "The specified value for MaxResults is invalid. Specify a value between 1 and 50.");
        if (input.EventCategory is not (null or "insight"))
            return Invalid("InvalidEventCategoryException", "The specified event category is invalid. The valid value is insight.");
        if (input.StartTime > input.EndTime)
            return Invalid("InvalidTimeRangeException", "The start time must be before the end time.");
        if (input.LookupAttributes is { Count: > 1 })
            return Invalid("InvalidLookupAttributesException", "You can specify only one lookup attribute.");
        if (Attribute(input.LookupAttributes) is not (true, var attribute))
            return Invalid("InvalidLookupAttributesException", "The specified lookup attribute is invalid.");
        if (!TryReadToken(input.NextToken, out var before))
            return Invalid("InvalidNextTokenException", "The specified NextToken is invalid.");
        if (input.EventCategory is not null)
            return Answer([], null);

        // A caller that has just been answered finds its call.
        await log.FlushAsync(request.Aborted);
        var limit = input.MaxResults ?? MaxResults;
        var found = store.Find(new AuditQuery(
            request.AccountId, request.Region, Milliseconds(input.StartTime, 0), Milliseconds(input.EndTime, long.MaxValue), limit + 1)
        {
            Attribute = attribute,
            Before = before,
        });
        var more = found.Count > limit;
        var page = found.Take(limit).ToList();
        return Answer(
            [.. page.Select(item => Output(item.Record))],
            more ? Token(page[^1].Record.Time.ToUnixTimeMilliseconds(), page[^1].Sequence) : null);
    }

    static AwsResult Answer(IReadOnlyList<LookedUpEvent> events, string? next) =>
        AwsResult.Json(new LookupEventsResponse(events, next), AuditJson.Default.LookupEventsResponse);

    static LookedUpEvent Output(AuditRecord record) => new(
        record.EventId, record.Name, record.IsReadOnly ? "true" : "false", record.AccessKeyId, record.Time.ToUnixTimeSeconds(), record.Source,
        record.Username, [.. record.Resources.Select(resource => new LookedUpResource(resource.Type, resource.Name))], record.Json);

    static (bool Valid, (string, object)? Attribute) Attribute(IReadOnlyList<LookupAttribute>? attributes)
    {
        if (attributes is not [var attribute])
            return (true, null);
        if (attribute.AttributeValue is not { Length: > 0 and <= 2000 } value)
            return (false, null);
        return attribute.AttributeKey switch
        {
            "EventId" => (true, ("id", value)),
            "EventName" => (true, ("name", value)),
            "ReadOnly" => (value is "true" or "false", ("read_only", value == "true" ? 1 : 0)),
            "Username" => (true, ("username", value)),
            "EventSource" => (true, ("source", value)),
            "AccessKeyId" => (true, ("access_key_id", value)),
            "ResourceType" => (true, (AuditStore.ResourceType, value)),
            "ResourceName" => (true, (AuditStore.ResourceName, value)),
            _ => (false, null),
        };
    }

    static long Milliseconds(double? seconds, long otherwise) => seconds is { } given && Math.Abs(given) < 1e12 ? (long)(given * 1000) : otherwise;

    static string Token(long milliseconds, long sequence) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{milliseconds}/{sequence}"));

    static bool TryReadToken(string? token, out (long, long)? before)
    {
        before = null;
        if (token is null)
            return true;
        if (token.Length > 100 || !Base64Url.IsValid(token))
            return false;
        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token)).Split('/');
        if (parts.Length != 2 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out var milliseconds)
            || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out var sequence))
            return false;
        before = (milliseconds, sequence);
        return true;
    }

    static AwsError Invalid(string code, string message) => new(400, code, message);
}

sealed record LookupAttribute(string? AttributeKey, string? AttributeValue);

sealed record LookupEventsRequest(
    IReadOnlyList<LookupAttribute>? LookupAttributes, double? StartTime, double? EndTime, string? EventCategory, int? MaxResults, string? NextToken);

sealed record LookedUpResource(string ResourceType, string ResourceName);

sealed record LookedUpEvent(
    string EventId, string EventName, string ReadOnly, string AccessKeyId, long EventTime, string EventSource, string Username,
    IReadOnlyList<LookedUpResource> Resources, string CloudTrailEvent);

sealed record LookupEventsResponse(IReadOnlyList<LookedUpEvent> Events, string? NextToken);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LookupEventsRequest))]
[JsonSerializable(typeof(LookupEventsResponse))]
sealed partial class AuditJson : JsonSerializerContext;
