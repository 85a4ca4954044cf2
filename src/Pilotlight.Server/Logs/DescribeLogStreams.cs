using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Logs;

static class DescribeLogStreams
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, LogIngest ingest)
    {
        var input = new LogsInput(request);
        var prefix = input.OptionalStreamName("logStreamNamePrefix");
        var isByLastEvent = input.Choice("orderBy", "LogStreamName", "LastEventTime") == "LastEventTime";
        var order = input.IsTrue("descending") ? LogOrder.Descending : LogOrder.Ascending;
        var limit = (int)(input.Number("limit", 1, 50) ?? 50);
        var token = input.Text("nextToken", 1, 4096);
        input.RefuseInvalid();
        await ingest.FlushAsync(request.Aborted);
        var group = input.ExistingGroup(store);
        if (isByLastEvent && prefix is not null)
            return LogsErrors.InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
        (long LastEvent, string Name)? after = null;
        if (token is not null && (after = ReadToken(token)) is null)
            return LogsErrors.InvalidToken;

        var streams = isByLastEvent
            ? store.ListStreamsByLastEvent(group, after, order, limit + 1)
            : store.ListStreamsByName(group, prefix, after?.Name, order, limit + 1);
        string? next = null;
        if (streams.Count > limit)
        {
            streams.RemoveAt(limit);
            next = WriteToken(streams[^1]);
        }

        return AwsResult.Json(
            new LogStreamsOutput([.. streams.Select(stream => Output(input.Scope, group, stream))], next), LogsJson.Default.LogStreamsOutput);
    }

    // storedBytes of a stream is always zero on AWS since 2019; only groups are counted.
    static LogStreamOutput Output(LogScope scope, LogGroup group, LogStream stream) => new(
        stream.Name, stream.CreatedMilliseconds, stream.FirstEvent, stream.LastEvent < 0 ? null : stream.LastEvent, stream.LastIngestion,
        stream.LastIngestion is { } ingested ? LogPosition.At(ingested).ToString() : null, scope.StreamArn(group.Name, stream.Name), 0);

    static string WriteToken(LogStream last) => Base64Url.EncodeToString(
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.LastEvent}:{last.Name}")));

    static (long LastEvent, string Name)? ReadToken(string token)
    {
        if (!Base64Url.IsValid(token))
            return null;
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        var colon = text.IndexOf(':');
        return colon > 0 && long.TryParse(text.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var last)
            ? (last, text[(colon + 1)..])
            : null;
    }
}
