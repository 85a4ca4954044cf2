using Pilotlight.Api;

namespace Pilotlight.Logs;

static class GetLogEvents
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, LogIngest ingest)
    {
        var input = new LogsInput(request);
        var streamName = input.StreamName();
        var start = Math.Min(input.Number("startTime", 0, long.MaxValue) ?? 0, LogStreamWriter.MaxTimestamp);
        var end = input.Number("endTime", 0, long.MaxValue);
        var limit = (int)(input.Number("limit", 1, LogPage.MaxEvents) ?? LogPage.MaxEvents);
        var token = input.Text("nextToken", 1, 4096);
        var isFromHead = input.IsTrue("startFromHead");
        input.RefuseInvalid();
        var place = LogPosition.Start;
        if (token is not null && !TryReadToken(token, out isFromHead, out place))
            return LogsErrors.InvalidToken;

        await ingest.FlushAsync(request.Aborted);
        var group = input.ExistingGroup(store);
        if (store.FindStream(group, streamName) is not { } stream)
            return LogsErrors.NoSuchStream;
        var scan = new LogScan
        {
            GroupId = group.Id,
            StreamIds = [stream.Id],
            FromMilliseconds = Math.Max(start, group.ExpiredBefore(store.Now)),
            ToMilliseconds = end - 1 ?? LogStreamWriter.MaxTimestamp,
        };
        var page = store.ReadEvents(scan, reader => ReadPage(reader, token, isFromHead ? LogOrder.Ascending : LogOrder.Descending, place, limit));
        return AwsResult.Bytes(Write(page, token is null ? LogPosition.At(scan.FromMilliseconds) : place), "application/x-amz-json-1.1");
    }

    static LogPage ReadPage(LogReader reader, string? token, LogOrder order, LogPosition place, int limit)
    {
        var page = new LogPage(limit);
        var events = order == LogOrder.Ascending
            ? reader.Forward(place)
            : reader.Backward(token is null ? LogPosition.At(long.MaxValue) : place);
        foreach (var found in events)
        {
            if (!page.TryAdd(found))
                break;
        }

        if (order == LogOrder.Descending)
            page.Reverse();
        return page;
    }

    /// <summary>A page without events answers with tokens of the same place: whoever compares them knows that he reached the end.</summary>
    static ReadOnlyMemory<byte> Write(LogPage page, LogPosition place) => LogsJson.Write(writer =>
    {
        writer.WriteStartArray("events"u8);
        foreach (var found in page.Events)
        {
            writer.WriteStartObject();
            writer.WriteNumber("timestamp"u8, found.Timestamp);
            LogsJson.WriteMessage(writer, found.Message.Span);
            writer.WriteNumber("ingestionTime"u8, found.IngestedMilliseconds);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        var (before, after) = page.Events.Count == 0 ? (place, place) : (page.Events[0].Position.Before, page.Events[^1].Position.After);
        writer.WriteString("nextForwardToken"u8, $"f/{after}/s");
        writer.WriteString("nextBackwardToken"u8, $"b/{before}/s");
    });

    static bool TryReadToken(ReadOnlySpan<char> token, out bool isForward, out LogPosition place)
    {
        isForward = token.StartsWith("f/");
        place = default;
        if (!isForward && !token.StartsWith("b/"))
            return false;
        token = token[2..];
        return LogPosition.TryParse(token.EndsWith("/s") ? token[..^2] : token, out place);
    }
}
