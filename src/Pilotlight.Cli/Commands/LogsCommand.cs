using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

static class LogsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The function, or a log group beginning with /" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on as lines come, until Ctrl-C" };
        var since = new Option<string>("--since")
        {
            Description = "How far back: 30s, 10m, 2h, 3d, or a time such as 2026-01-31T12:00:00Z",
            DefaultValueFactory = _ => "10m",
            HelpName = "WHEN",
        };
        var filter = new Option<string?>("--filter") { Description = "Only lines that match this CloudWatch Logs pattern", HelpName = "PATTERN" };
        var timestamps = new Option<bool>("--timestamps", "-t") { Description = "Put the time before each line" };
        var json = new Option<bool>("--json") { Description = "One JSON object a line" };
        var command = new ExampleCommand(
            "logs",
            "Print a function's log.",
            "./pilotlight logs hello-python",
            "./pilotlight logs hello-python -f --since 1h",
            "./pilotlight logs hello-python --filter ERROR --json | jq .message")
        {
            name, follow, since, filter, timestamps, json,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            var from = StartOf(result.GetRequiredValue(since), terminal.Time.GetUtcNow());
            using var client = connection.Connect(result, terminal);
            var logs = new LogsClient(client);
            var group = LogsClient.GroupOf(result.GetRequiredValue(name));
            var lines = result.GetValue(follow)
                ? logs.FollowAsync(group, from, result.GetValue(filter), cancellation)
                : logs.ReadAsync(group, from, result.GetValue(filter), cancellation);
            try
            {
                await foreach (var line in lines)
                    terminal.Out.WriteLine(Format(line, result.GetValue(json), result.GetValue(timestamps), terminal));
            }
            catch (RefusedException refused) when (refused.Code == "ResourceNotFoundException")
            {
                throw new CliException(ExitCode.Refused, refused.Message, "a function has a log once it has run; -f waits for it");
            }
            catch (OperationCanceledException) when (result.GetValue(follow))
            {
                // Ctrl-C is how following ends.
            }

            return ExitCode.Success;
        });
        return command;
    }

    static string Format(LogLine line, bool asJson, bool withTime, Terminal terminal)
    {
        if (asJson)
        {
            return new JsonObject
            {
                ["timestamp"] = line.Time.ToUnixTimeMilliseconds(),
                ["stream"] = line.Stream,
                ["message"] = line.Message,
            }.ToJsonString();
        }

        var message = terminal.OutIsTerminal ? Terminal.Printable(line.Message) : line.Message;
        return withTime ? $"{line.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} {message}" : message;
    }

    /// <summary><c>10m</c> before now, or the time itself.</summary>
    internal static DateTimeOffset StartOf(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            && amount < 1_000_000)
        {
            TimeSpan? back = text[^1] switch
            {
                's' => TimeSpan.FromSeconds(amount),
                'm' => TimeSpan.FromMinutes(amount),
                'h' => TimeSpan.FromHours(amount),
                'd' when amount < 36_500 => TimeSpan.FromDays(amount),
                _ => null,
            };
            if (back is { } span && now - DateTimeOffset.UnixEpoch > span)
                return now - span;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        throw CliException.Usage($"--since {text}: it looks like 30s, 10m, 2h, 3d or 2026-01-31T12:00:00Z");
    }
}
