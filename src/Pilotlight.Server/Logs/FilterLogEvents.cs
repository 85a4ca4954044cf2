using Pilotlight.Api;

namespace Pilotlight.Logs;

static class FilterLogEvents
{
    /// <summary>A page ends, perhaps empty, after looking at so much: no caller keeps the disk to himself.</summary>
    const long MaxScanBytes = 16 * 1024 * 1024;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, LogIngest ingest)
    {
        var input = new LogsInput(request);
        var names = input.Texts("logStreamNames", 100);
        var prefix = input.OptionalStreamName("logStreamNamePrefix");
        var start = input.Number("startTime", 0, long.MaxValue);
        var end = input.Number("endTime", 0, long.MaxValue);
        var patternText = input.Text("filterPattern", 0, 1024) ?? "";
        var limit = (int)(input.Number("limit", 1, LogPage.MaxEvents) ?? LogPage.MaxEvents);
        var token = input.Text("nextToken", 1, 4096);
        input.RefuseInvalid();
        if (names is not null && prefix is not null)
            return LogsErrors.InvalidParameter("LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.");
        var pattern = FilterPattern.Parse(patternText);
        var place = LogPosition.Start;
        if (token is not null && !LogPosition.TryParse(token, out place))
            return LogsErrors.InvalidToken;

        await ingest.FlushAsync(request.Aborted);
        var group = input.ExistingGroup(store);
        List<long>? streams = null;
        foreach (var name in names ?? [])
        {
            if (store.FindStream(group, name) is not { } stream)
                return LogsErrors.NoSuchStream;
            (streams ??= []).Add(stream.Id);
        }

        var scan = new LogScan
        {
            GroupId = group.Id,
            StreamIds = streams,
            StreamPrefix = prefix,
            FromMilliseconds = Math.Max(start ?? 0, group.ExpiredBefore(store.Now)),
            ToMilliseconds = end ?? LogStreamWriter.MaxTimestamp,
        };
        var (page, next) = store.ReadEvents(scan, reader => ReadPage(reader, pattern, place, limit));
        return AwsResult.Bytes(Write(page, next), "application/x-amz-json-1.1");
    }

    /// <summary>The matching events, and where to go on; null at the end.</summary>
    static (LogPage Page, LogPosition? Next) ReadPage(LogReader reader, FilterPattern pattern, LogPosition after, int limit)
    {
        var page = new LogPage(limit);
        foreach (var found in reader.Forward(after))
        {
            if (pattern.Matches(found.Message.Span) && !page.TryAdd(found))
                return (page, found.Position.Before);
            if (reader.BytesRead > MaxScanBytes)
                return (page, found.Position.After);
        }

        return (page, null);
    }

    static ReadOnlyMemory<byte> Write(LogPage page, LogPosition? next) => LogsJson.Write(writer =>
    {
        writer.WriteStartArray("events"u8);
        foreach (var found in page.Events)
        {
            writer.WriteStartObject();
            writer.WriteString("logStreamName"u8, found.Stream);
            writer.WriteNumber("timestamp"u8, found.Timestamp);
            LogsJson.WriteMessage(writer, found.Message.Span);
            writer.WriteNumber("ingestionTime"u8, found.IngestedMilliseconds);
            writer.WriteString("eventId"u8, found.Position.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        // AWS lists no streams here any more, but the member is there.
        writer.WriteStartArray("searchedLogStreams"u8);
        writer.WriteEndArray();
        if (next is { } place)
            writer.WriteString("nextToken"u8, place.ToString());
    });
}
