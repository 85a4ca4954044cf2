using System.Globalization;
using System.Text;
using System.Text.Json;
using Pilotlight.Targets;

namespace Pilotlight.Logs;

/// <summary>
/// Log groups as targets of rules: every delivery is a line in a log stream of its own. An input transformer may say which line, and when
/// (<c>{"timestamp":…,"message":…}</c>); everything else is the line itself.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html</remarks>
sealed class LogGroupTarget(LogStore store) : ITarget
{
    const int MaxMessageBytes = (1024 * 1024) - LogChunk.EventOverheadBytes;

    public string Service => "logs";

    public string Action => "logs:PutLogEvents";

    public string ResourceOf(Delivery delivery) =>
        LogGroupArn.TryParse(delivery.TargetArn) is var (scope, group) ? scope.StreamArn(group, "") : delivery.TargetArn;

    public bool Exists(string arn) => LogGroupArn.TryParse(arn) is var (scope, group) && store.FindGroup(scope, group) is not null;

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (LogGroupArn.TryParse(delivery.TargetArn) is not var (scope, group))
            return NoTarget();
        var (timestamp, message) = LineOf(delivery.Payload, store.Now);
        if (message.Length is 0 or > MaxMessageBytes)
            return new DeliveryResult(DeliveryEnd.Rejected, "InvalidParameterException", "The message is empty or too long for a log event.");
        var frame = new byte[LogFrames.HeaderBytes + message.Length];
        LogFrames.Write(frame, timestamp, message);
        var stream = Guid.NewGuid().ToString();
        var refused = await store.CreateStreamAsync(scope, group, stream) ?? await store.PutAsync(scope, group, stream, frame);
        return refused is null ? DeliveryResult.Delivered : NoTarget();
    }

    static DeliveryResult NoTarget() => new(DeliveryEnd.NoTarget, LogsErrors.NoSuchGroup.Code, LogsErrors.NoSuchGroup.Message);

    static (long Timestamp, byte[] Message) LineOf(ReadOnlyMemory<byte> payload, long now)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            if (json.RootElement is { ValueKind: JsonValueKind.Object } root && root.GetPropertyCount() == 2
                && root.TryGetProperty("timestamp", out var timestamp) && root.TryGetProperty("message", out var message))
                return (TimeOf(timestamp) ?? now, Encoding.UTF8.GetBytes(message.ValueKind == JsonValueKind.String ? message.GetString()! : message.GetRawText()));
        }
        catch (Exception text) when (text is JsonException or InvalidOperationException)
        {
            // A line that is no JSON, or holds text that is no Unicode.
        }

        return (now, payload.ToArray());
    }

    /// <summary>Milliseconds, or a moment as events have it (<c>2015-11-11T21:29:54Z</c>).</summary>
    static long? TimeOf(JsonElement timestamp) => timestamp.ValueKind switch
    {
        JsonValueKind.Number when timestamp.TryGetInt64(out var milliseconds) && milliseconds >= 0 => milliseconds,
        JsonValueKind.String when long.TryParse(timestamp.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) => milliseconds,
        JsonValueKind.String when DateTimeOffset.TryParse(timestamp.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) =>
            Math.Max(moment.ToUnixTimeMilliseconds(), 0),
        _ => null,
    };
}
