using System.Text.Json;

namespace Pilotlight.Queues;

/// <summary>Where messages go that were received too often.</summary>
/// <param name="MaxReceiveCount">1 to 1000; the next receive moves the message.</param>
public sealed record RedrivePolicy(string DeadLetterTargetArn, int MaxReceiveCount)
{
    public override string ToString() => $$"""{"deadLetterTargetArn":"{{DeadLetterTargetArn}}","maxReceiveCount":{{MaxReceiveCount}}}""";

    /// <summary>Reads what a caller or the database has.</summary>
    /// <param name="reason">AWS's words when it is none.</param>
    public static RedrivePolicy? Parse(string text, out string reason)
    {
        reason = "Redrive policy is not a valid JSON map.";
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }

        using (json)
        {
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (member.Name is not ("deadLetterTargetArn" or "maxReceiveCount"))
                {
                    reason = "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].";
                    return null;
                }
            }

            reason = "Redrive policy does not contain mandatory attribute: maxReceiveCount.";
            if (!json.RootElement.TryGetProperty("maxReceiveCount", out var count))
                return null;
            reason = "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.";
            if (!json.RootElement.TryGetProperty("deadLetterTargetArn", out var target))
                return null;
            reason = "Invalid value for deadLetterTargetArn.";
            if (target.ValueKind != JsonValueKind.String || target.GetString() is not { } arn || QueueKey.OfArn(arn) is null)
                return null;
            var countText = count.ValueKind == JsonValueKind.String ? count.GetString()! : count.GetRawText();
            reason = $"Invalid value for maxReceiveCount: {countText}, valid values are from 1 to 1000 both inclusive.";
            return int.TryParse(countText, out var number) && number is >= 1 and <= 1000 ? new RedrivePolicy(arn, number) : null;
        }
    }
}

/// <summary>Which queues may have this one as their dead-letter queue.</summary>
public sealed record RedriveAllowPolicy(string Permission, IReadOnlyList<string> SourceQueueArns)
{
    public bool Allows(string sourceArn) => Permission switch
    {
        "denyAll" => false,
        "byQueue" => SourceQueueArns.Contains(sourceArn),
        _ => true,
    };

    public override string ToString() => Permission == "byQueue"
        ? $$"""{"redrivePermission":"byQueue","sourceQueueArns":[{{string.Join(',', SourceQueueArns.Select(static arn => $"\"{arn}\""))}}]}"""
        : $$"""{"redrivePermission":"{{Permission}}"}""";

    public static RedriveAllowPolicy? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("redrivePermission", out var permission)
                || permission.ValueKind != JsonValueKind.String || permission.GetString() is not ("allowAll" or "denyAll" or "byQueue"))
                return null;
            List<string> sources = [];
            if (root.TryGetProperty("sourceQueueArns", out var list))
            {
                if (list.ValueKind != JsonValueKind.Array)
                    return null;
                foreach (var source in list.EnumerateArray())
                {
                    if (source.ValueKind != JsonValueKind.String || source.GetString() is not { } arn || QueueKey.OfArn(arn) is null)
                        return null;
                    sources.Add(arn);
                }
            }

            var isByQueue = permission.GetString() == "byQueue";
            return isByQueue ? sources.Count is >= 1 and <= 10 ? new RedriveAllowPolicy("byQueue", sources) : null
                : sources.Count == 0 ? new RedriveAllowPolicy(permission.GetString()!, []) : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
