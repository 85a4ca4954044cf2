using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>
/// What a function says of its batch under <c>ReportBatchItemFailures</c>: nothing failed, some did, or the answer makes no sense and all
/// did (spec/events.md 1.2).
/// </summary>
/// <param name="IsWholeBatch">Every record counts as failed; <paramref name="Identifiers"/> is empty then.</param>
/// <param name="Identifiers">Of the records that failed, each of which is in the batch; empty when all went well.</param>
public sealed record BatchItemFailures(bool IsWholeBatch, IReadOnlyList<string> Identifiers)
{
    public static BatchItemFailures None { get; } = new(false, []);

    public static BatchItemFailures All { get; } = new(true, []);

    public bool Any => IsWholeBatch || Identifiers.Count > 0;

    /// <param name="isInBatch">Whether the batch has a record of this identifier: one that it has not spoils the answer.</param>
    /// <param name="identify">What <c>itemIdentifier</c> says; null when it is of another form. By default a string.</param>
    public static BatchItemFailures Read(ReadOnlyMemory<byte> answer, Func<string, bool> isInBatch, Func<JsonElement, string?>? identify = null)
    {
        if (answer.IsEmpty)
            return None;
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind switch
            {
                JsonValueKind.Null => None,
                JsonValueKind.String when json.RootElement.ValueEquals("") => None,
                JsonValueKind.Array when json.RootElement.GetArrayLength() == 0 => None,
                JsonValueKind.Object => Of(json.RootElement, isInBatch, identify ?? TextOf),
                _ => All,
            };
        }
        catch (JsonException)
        {
            return All;
        }
    }

    static BatchItemFailures Of(JsonElement answer, Func<string, bool> isInBatch, Func<JsonElement, string?> identify)
    {
        if (!answer.TryGetProperty("batchItemFailures", out var items) || items.ValueKind == JsonValueKind.Null)
            return None;
        if (items.ValueKind != JsonValueKind.Array)
            return All;
        var failed = new List<string>(items.GetArrayLength());
        foreach (var item in items.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("itemIdentifier", out var named)
                || identify(named) is not { Length: > 0 } identifier || !isInBatch(identifier))
                return All;
            failed.Add(identifier);
        }

        return failed.Count == 0 ? None : new BatchItemFailures(false, failed);
    }

    static string? TextOf(JsonElement json)
    {
        try
        {
            return json.ValueKind == JsonValueKind.String ? json.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return null;
        }
    }
}
