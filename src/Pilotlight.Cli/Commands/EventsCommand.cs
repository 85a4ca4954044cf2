using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Cli;

static class EventsCommand
{
    static readonly string[] RetriedColumns = ["REQUEST", "QUALIFIER", "ACCEPTED", "NEXT ATTEMPT", "FAILED", "WHY"];
    static readonly string[] FailedColumns = ["FAILED", "REQUEST", "CONDITION", "ATTEMPTS", "SENT TO", "WHY"];

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "Name or ARN of the function" };
        var replay = new Option<string?>("--replay")
        {
            Description = "Invoke the function with what lies in a dead-letter queue (name, ARN or URL), message by message, and remove what was accepted",
            HelpName = "QUEUE",
        };
        var json = new Option<bool>("--json") { Description = "Print the account as JSON" };
        var command = new ExampleCommand(
            "events",
            "Show the asynchronous events of a function: what waits, what is tried again, what failed and why.",
            "./pilotlight events resize",
            "./pilotlight events resize --json | jq '.failed[0]'",
            "./pilotlight events resize --replay resize-dead-letters")
        {
            name, replay, json,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            var function = result.GetRequiredValue(name);
            if (result.GetValue(replay) is { } queue)
                return await ReplayAsync(client, function, queue, terminal, cancellation);
            var path = $"/_pilotlight/events/{Uri.EscapeDataString(function)}?region={Uri.EscapeDataString(client.Connection.Region)}";
            var report = (await client.SendAsync("pilotlight", HttpMethod.Get, path, null, cancellation)).Json();
            if (result.GetValue(json))
                terminal.Out.WriteLine(report.GetRawText());
            else
                Show(report, terminal);
            return ExitCode.Success;
        });
        return command;
    }

    static void Show(JsonElement report, Terminal terminal)
    {
        var retried = report.GetProperty("retried").EnumerateArray().ToList();
        if (retried.Count > 0)
            terminal.Table(RetriedColumns, retried.Select(static line => new[]
            {
                Text(line, "requestId"), Text(line, "qualifier"), Time(line, "acceptedAt"), Time(line, "dueAt"), $"{Number(line, "failures")}x", Text(line, "error"),
            }));
        var failed = report.GetProperty("failed").EnumerateArray().ToList();
        if (failed.Count > 0)
            terminal.Table(FailedColumns, failed.Select(static line => new[]
            {
                Time(line, "failedAt"), Text(line, "requestId"), Text(line, "condition"), $"{Number(line, "attempts")}",
                Text(line, "sentTo") is { Length: > 0 } sent ? sent : "nowhere", Text(line, "error"),
            }));
        var throttled = Text(report, "throttledUntil") is { Length: > 0 } ? $"; throttled, next attempt {Time(report, "throttledUntil")}" : "";
        terminal.Say($"{Number(report, "waiting")} waiting, {Number(report, "running")} of them running{throttled}");
    }

    /// <summary>Messages that the function does not accept stay in the queue.</summary>
    static async Task<int> ReplayAsync(PlatformClient client, string function, string queue, Terminal terminal, CancellationToken cancellation)
    {
        var queues = new QueuesClient(client);
        var lambda = new LambdaClient(client);
        var url = await queues.UrlOfAsync(queue, cancellation);
        var (replayed, left) = (0, 0);
        while (await queues.ReceiveAsync(url, cancellation) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
            {
                try
                {
                    var answer = await lambda.InvokeAsync(function, null, EventIn(message.Body), InvocationKind.Event, cancellation);
                    await queues.DeleteAsync(url, message, cancellation);
                    terminal.Out.WriteLine($"{message.MessageId} {answer.RequestId}");
                    replayed++;
                }
                catch (RefusedException refused) when (refused.Status == 400)
                {
                    terminal.Say($"{message.MessageId} stays in the queue: {refused.Message}");
                    left++;
                }
            }
        }

        terminal.Say($"{replayed} replayed, {left} left in the queue");
        return left == 0 ? ExitCode.Success : ExitCode.Refused;
    }

    /// <summary>A dead-letter queue has the event itself, a destination the record around it.</summary>
    internal static byte[] EventIn(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("requestContext", out var context)
                && context.ValueKind == JsonValueKind.Object && context.TryGetProperty("approximateInvokeCount", out _)
                && json.RootElement.TryGetProperty("requestPayload", out var payload))
                return Encoding.UTF8.GetBytes(payload.GetRawText());
        }
        catch (JsonException)
        {
            // The platform says what is wrong with it.
        }

        return Encoding.UTF8.GetBytes(body);
    }

    static string Text(JsonElement line, string name) => LambdaClient.Text(line, name) ?? "";

    static long Number(JsonElement line, string name) => line.GetProperty(name).GetInt64();

    static string Time(JsonElement line, string name) =>
        line.GetProperty(name).GetDateTimeOffset().ToLocalTime().ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
