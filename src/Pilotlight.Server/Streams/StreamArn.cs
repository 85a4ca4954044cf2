using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>An ARN of a stream, or of one of its consumers.</summary>
/// <param name="Consumer">Name and time of making, <c>NAME:SECONDS</c>; null for the stream.</param>
readonly record struct StreamArn(StreamKey Stream, string? Consumer)
{
    const string Kind = "stream/";
    const string ConsumerPart = "/consumer/";

    public static StreamArn? TryParse(string arn)
    {
        if (arn.Split(':', 6) is not ["arn", _, "kinesis", var region, var account, var rest] || !rest.StartsWith(Kind, StringComparison.Ordinal))
            return null;
        var name = rest[Kind.Length..];
        var consumer = name.IndexOf(ConsumerPart, StringComparison.Ordinal);
        return consumer < 0
            ? new StreamArn(new StreamKey(account, region, name), null)
            : new StreamArn(new StreamKey(account, region, name[..consumer]), name[(consumer + ConsumerPart.Length)..]);
    }

    /// <summary>The stream that a request names by <c>StreamARN</c> or <c>StreamName</c>; null when it names none.</summary>
    public static StreamKey? KeyOf(AwsRequest request) =>
        Text(request, "StreamARN") is { } arn ? TryParse(arn)?.Stream
        : Text(request, "StreamName") is { } name ? new StreamKey(request.AccountId, request.Region, name)
        : null;

    public static string? Text(AwsRequest request, string member) =>
        request.Json().TryGetProperty(member, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String ? value.GetString() : null;
}
