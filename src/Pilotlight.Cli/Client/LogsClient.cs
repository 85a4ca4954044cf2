using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

sealed record LogLine(string Id, DateTimeOffset Time, string Stream, string Message);

/// <summary>Reads a function's log through the CloudWatch Logs API.</summary>
sealed class LogsClient(PlatformClient platform)
{
    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(300);

    /// <summary>A function's own group, or the group itself when the name begins with a slash.</summary>
    public static string GroupOf(string name) => name.StartsWith('/') ? name : $"/aws/lambda/{name}";

    /// <summary>Every line since then, oldest first, page by page.</summary>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        string group, DateTimeOffset since, string? filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? page = null;
        do
        {
            var request = new JsonObject { ["logGroupName"] = group, ["startTime"] = since.ToUnixTimeMilliseconds() };
            if (filter is not null)
                request["filterPattern"] = filter;
            if (page is not null)
                request["nextToken"] = page;
            var answer = await SendAsync("FilterLogEvents", request, cancellation);
            if (answer.TryGetProperty("events", out var events))
            {
                foreach (var line in events.EnumerateArray())
                    yield return Line(line);
            }

            var next = LambdaClient.Text(answer, "nextToken");
            page = next == page ? null : next;
        }
        while (page is not null);
    }

    /// <summary>What is there and what comes, until cancelled. A group that does not exist yet is waited for.</summary>
    public async IAsyncEnumerable<LogLine> FollowAsync(
        string group, DateTimeOffset since, string? filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Lines of one millisecond may arrive in two polls, so each poll looks back a little and what was seen is remembered.
        var lookBack = TimeSpan.FromSeconds(5);
        var seen = new Dictionary<string, DateTimeOffset>();
        using var timer = new PeriodicTimer(PollEvery, platform.Time);
        do
        {
            await foreach (var line in ReadOrNothingAsync(group, since, filter, cancellation))
            {
                if (!seen.TryAdd(line.Id, line.Time))
                    continue;
                yield return line;
                if (line.Time - lookBack > since)
                    since = line.Time - lookBack;
            }

            foreach (var old in seen.Where(entry => entry.Value < since).Select(entry => entry.Key).ToList())
                seen.Remove(old);
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    async IAsyncEnumerable<LogLine> ReadOrNothingAsync(
        string group, DateTimeOffset since, string? filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var lines = ReadAsync(group, since, filter, cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await lines.MoveNextAsync())
                    yield break;
            }
            catch (RefusedException refused) when (refused.Code == "ResourceNotFoundException")
            {
                yield break;
            }

            yield return lines.Current;
        }
    }

    async Task<JsonElement> SendAsync(string operation, JsonObject request, CancellationToken cancellation) =>
        (await platform.SendAsync(
            "logs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(request.ToJsonString()), cancellation,
            [("X-Amz-Target", $"Logs_20140328.{operation}"), ("Content-Type", "application/x-amz-json-1.1")])).Json();

    static LogLine Line(JsonElement line) => new(
        LambdaClient.Text(line, "eventId") ?? "",
        DateTimeOffset.FromUnixTimeMilliseconds(line.TryGetProperty("timestamp", out var time) ? time.GetInt64() : 0),
        LambdaClient.Text(line, "logStreamName") ?? "",
        (LambdaClient.Text(line, "message") ?? "").TrimEnd('\r', '\n'));
}
