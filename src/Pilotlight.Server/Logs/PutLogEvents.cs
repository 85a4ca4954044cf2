using System.Buffers;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Logs;

static class PutLogEvents
{
    /// <summary>A megabyte of messages can be longer as JSON: six bytes for a control character.</summary>
    public const long MaxBodyBytes = 8 * 1024 * 1024;

    const int MaxBatchBytes = 1024 * 1024;
    const int MaxBatchEvents = 10_000;
    const long HourMilliseconds = 3_600_000;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var (groupName, streamName) = (input.GroupName(), input.StreamName());
        var events = ReadEvents(input);
        input.RefuseInvalid();
        if (Refusal(events) is { } refusal)
            return refusal;
        if (store.FindGroup(input.Scope, groupName) is not { } group)
            return LogsErrors.NoSuchGroup;

        var now = store.Now;
        var first = Math.Max(CountBefore(events, now - 14 * 24 * HourMilliseconds), CountBefore(events, group.ExpiredBefore(now)));
        var end = CountBefore(events, now + 2 * HourMilliseconds + 1);
        if (first < end && events[end - 1].Timestamp - events[first].Timestamp > 24 * HourMilliseconds)
            return LogsErrors.InvalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
        var frames = Frames(events.AsSpan(first..Math.Max(first, end)));
        if (await store.PutAsync(input.Scope, groupName, streamName, frames) is { } refused)
            return refused;
        return AwsResult.Json(
            new PutLogEventsOutput(LogPosition.At(now).ToString(), Rejected(events, group, now)), LogsJson.Default.PutLogEventsOutput);
    }

    static (long Timestamp, byte[] Message)[] ReadEvents(LogsInput input)
    {
        if (input.Structures("logEvents") is not { } list)
            return [];
        var events = new List<(long, byte[])>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                throw LogsInput.WrongType();
            var at = $"logEvents.{events.Count + 1}.member.";
            var (timestamp, message) = (0L, Array.Empty<byte>());
            if (!item.TryGetProperty("timestamp", out var time) || time.ValueKind == JsonValueKind.Null)
                input.ViolateNull(at + "timestamp");
            else if (time.ValueKind != JsonValueKind.Number || !time.TryGetInt64(out timestamp))
                throw LogsInput.WrongType();
            else if (timestamp < 0)
                input.Violate(timestamp, at + "timestamp", "Member must have value greater than or equal to 0");
            if (!item.TryGetProperty("message", out var text) || text.ValueKind == JsonValueKind.Null)
                input.ViolateNull(at + "message");
            else if (text.ValueKind != JsonValueKind.String)
                throw LogsInput.WrongType();
            else if ((message = Encoding.UTF8.GetBytes(LogsInput.TextOf(text))).Length == 0)
                input.Violate("", at + "message", "Member must have length greater than or equal to 1");
            events.Add((timestamp, message));
        }

        if (events.Count == 0)
            input.Violate("[]", "logEvents", "Member must have length greater than or equal to 1");
        if (events.Count > MaxBatchEvents)
            input.Violate($"{events.Count} events", "logEvents", $"Member must have length less than or equal to {MaxBatchEvents}");
        return [.. events];
    }

    /// <summary>What refuses the batch as a whole.</summary>
    static AwsError? Refusal((long Timestamp, byte[] Message)[] events)
    {
        var bytes = events.Sum(e => (long)e.Message.Length + LogChunk.EventOverheadBytes);
        if (bytes > MaxBatchBytes)
            return LogsErrors.InvalidParameter($"Upload too large: {bytes} bytes exceeds limit of {MaxBatchBytes}");
        for (var index = 1; index < events.Length; index++)
        {
            if (events[index].Timestamp < events[index - 1].Timestamp)
                return LogsErrors.InvalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
        }

        return null;
    }

    static RejectedLogEvents? Rejected((long Timestamp, byte[] Message)[] events, LogGroup group, long now)
    {
        var tooOld = CountBefore(events, now - 14 * 24 * HourMilliseconds);
        var expired = CountBefore(events, group.ExpiredBefore(now));
        var tooNew = CountBefore(events, now + 2 * HourMilliseconds + 1);
        return tooOld == 0 && expired == 0 && tooNew == events.Length
            ? null
            : new RejectedLogEvents(
                tooNew < events.Length ? tooNew : null, tooOld > 0 ? tooOld : null, expired > 0 ? expired : null);
    }

    /// <summary>How many of the ordered events are before a time: the index where those begin that are not.</summary>
    static int CountBefore((long Timestamp, byte[] Message)[] events, long time)
    {
        var index = Array.FindIndex(events, e => e.Timestamp >= time);
        return index < 0 ? events.Length : index;
    }

    static ReadOnlyMemory<byte> Frames(ReadOnlySpan<(long Timestamp, byte[] Message)> events)
    {
        var frames = new ArrayBufferWriter<byte>(4096);
        foreach (var (timestamp, message) in events)
        {
            LogFrames.Write(frames.GetSpan(LogFrames.HeaderBytes + message.Length), timestamp, message);
            frames.Advance(LogFrames.HeaderBytes + message.Length);
        }

        return frames.WrittenMemory;
    }
}
