using System.Text.Json;

namespace Pilotlight.Server.Tests.Logs;

public sealed class LogsApiTests
{
    const string Stream = """{"logGroupName":"g","logStreamName":"s"}""";

    [Fact]
    public async Task Describes_a_group_as_AWS_does()
    {
        await using var server = await LogsServer.StartAsync();
        await server.CallAsync("CreateLogGroup", """{"logGroupName":"/aws/lambda/f","tags":{"team":"a b"}}""");
        await server.CallAsync("PutRetentionPolicy", """{"logGroupName":"/aws/lambda/f","retentionInDays":7}""");
        var group = (await server.CallAsync("DescribeLogGroups", "{}")).GetProperty("logGroups")[0];
        Assert.Equal(
            $$"""{"logGroupName":"/aws/lambda/f","creationTime":{{server.Now}},"retentionInDays":7,"metricFilterCount":0,"arn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:*","storedBytes":0,"logGroupClass":"STANDARD","logGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f"}""",
            group.GetRawText());
    }

    [Fact]
    public async Task Regions_do_not_see_each_other()
    {
        await using var server = await LogsServer.StartAsync();
        await server.CallAsync("CreateLogGroup", """{"logGroupName":"g"}""");
        var (status, body) = await server.SendAsync("DescribeLogGroups", "{}", "eu-west-1");
        Assert.Equal(200, status);
        Assert.Equal(0, body.GetProperty("logGroups").GetArrayLength());
    }

    [Fact]
    public async Task Pages_groups_by_prefix_and_pattern()
    {
        await using var server = await LogsServer.StartAsync();
        foreach (var name in (string[])["b/2", "a/1", "b/10", "b/1", "B/1"])
            await server.CallAsync("CreateLogGroup", $$"""{"logGroupName":"{{name}}"}""");
        var names = new List<string>();
        string? token = null;
        var pages = 0;
        do
        {
            var page = await server.CallAsync("DescribeLogGroups", token is null
                ? """{"logGroupNamePrefix":"b/","limit":2}"""
                : $$"""{"logGroupNamePrefix":"b/","limit":2,"nextToken":"{{token}}"}""");
            names.AddRange(page.GetProperty("logGroups").EnumerateArray().Select(g => g.GetProperty("logGroupName").GetString()!));
            token = page.TryGetProperty("nextToken", out var next) ? next.GetString() : null;
            pages++;
        }
        while (token is not null);
        Assert.Equal(["b/1", "b/10", "b/2"], names);
        Assert.Equal(2, pages);
        var matching = await server.CallAsync("DescribeLogGroups", """{"logGroupNamePattern":"/1"}""");
        Assert.Equal(4, matching.GetProperty("logGroups").GetArrayLength());
    }

    [Fact]
    public async Task Orders_streams_by_name_or_last_event_and_pages_them()
    {
        await using var server = await LogsServer.StartAsync();
        await server.CallAsync("CreateLogGroup", """{"logGroupName":"g"}""");
        foreach (var (name, ago) in (IEnumerable<(string, int?)>)[("b", 100), ("a", 300), ("d", null), ("c", 200)])
        {
            await server.CallAsync("CreateLogStream", $$"""{"logGroupName":"g","logStreamName":"{{name}}"}""");
            if (ago is { } milliseconds)
                await server.CallAsync("PutLogEvents",
                    $$"""{"logGroupName":"g","logStreamName":"{{name}}","logEvents":[{"timestamp":{{server.Now - milliseconds}},"message":"m"}]}""");
        }

        Assert.Equal("abcd", await Names("""{"logGroupName":"g","limit":1"""));
        Assert.Equal("dcba", await Names("""{"logGroupName":"g","limit":3,"descending":true"""));
        Assert.Equal("bcad", await Names("""{"logGroupName":"g","limit":2,"orderBy":"LastEventTime","descending":true"""));
        Assert.Equal("dacb", await Names("""{"orderBy":"LastEventTime","logGroupName":"g","limit":1"""));
        Assert.Equal("c", await Names("""{"logStreamNamePrefix":"c","logGroupName":"g","limit":1"""));
        var stream = (await server.CallAsync("DescribeLogStreams", """{"logGroupName":"g","logStreamNamePrefix":"b"}""")).GetProperty("logStreams")[0];
        Assert.Equal("arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:b", stream.GetProperty("arn").GetString());
        Assert.Equal(server.Now - 100, stream.GetProperty("firstEventTimestamp").GetInt64());
        Assert.Equal(server.Now, stream.GetProperty("lastIngestionTime").GetInt64());
        Assert.Equal(0, stream.GetProperty("storedBytes").GetInt64());

        async Task<string> Names(string request)
        {
            var (names, token) = ("", (string?)null);
            do
            {
                var page = await server.CallAsync("DescribeLogStreams", request + (token is null ? "}" : $",\"nextToken\":\"{token}\"}}"));
                names += string.Concat(page.GetProperty("logStreams").EnumerateArray().Select(s => s.GetProperty("logStreamName").GetString()));
                token = page.TryGetProperty("nextToken", out var next) ? next.GetString() : null;
            }
            while (token is not null);
            return names;
        }
    }

    [Fact]
    public async Task Pages_a_stream_in_both_directions_and_tokens_stay_at_the_ends()
    {
        await using var server = await ServerWithAsync(25);
        var newest = await GetAsync(server, "\"limit\":10");
        Assert.Equal((15, 24), Range(newest));
        var older = await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Backward(newest)}\"");
        Assert.Equal((5, 14), Range(older));
        var oldest = await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Backward(older)}\"");
        Assert.Equal((0, 4), Range(oldest));
        var beyond = await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Backward(oldest)}\"");
        Assert.Equal(0, beyond.GetProperty("events").GetArrayLength());
        Assert.Equal(Backward(oldest), Backward(beyond));
        Assert.Equal((0, 9), Range(await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Forward(beyond)}\"")));

        var end = await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Forward(newest)}\"");
        Assert.Equal(0, end.GetProperty("events").GetArrayLength());
        Assert.Equal(Forward(newest), Forward(end));
        await PutAsync(server, server.Now, "25");
        Assert.Equal((25, 25), Range(await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Forward(end)}\"")));
        Assert.Equal((15, 24), Range(await GetAsync(server, $"\"limit\":10,\"nextToken\":\"{Backward(end)}\"")));
        Assert.Equal((0, 2), Range(await GetAsync(server, "\"limit\":3,\"startFromHead\":true")));
    }

    [Fact]
    public async Task An_empty_stream_has_tokens_that_find_what_comes_later()
    {
        await using var server = await ServerWithAsync(0);
        var empty = await GetAsync(server, "\"startFromHead\":false");
        Assert.Matches(@"^f/\d{56}/s$", Forward(empty));
        Assert.Matches(@"^b/\d{56}/s$", Backward(empty));
        await PutAsync(server, server.Now, "0");
        Assert.Equal((0, 0), Range(await GetAsync(server, $"\"nextToken\":\"{Forward(empty)}\"")));
    }

    [Fact]
    public async Task Time_ranges_include_the_start_and_exclude_the_end_of_GetLogEvents_only()
    {
        await using var server = await ServerWithAsync(10);
        var start = server.Now - 1000 + 3;
        Assert.Equal((3, 6), Range(await GetAsync(server, $"\"startTime\":{start},\"endTime\":{start + 4}")));
        Assert.Equal(["3", "4", "5", "6", "7"],
            await server.MessagesAsync("FilterLogEvents", $$"""{"logGroupName":"g","startTime":{{start}},"endTime":{{start + 4}}}"""));
    }

    [Fact]
    public async Task Tokens_of_a_range_beyond_all_time_are_still_valid()
    {
        await using var server = await ServerWithAsync(1);
        var page = await GetAsync(server, $"\"startTime\":{long.MaxValue}");
        Assert.Equal(0, (await GetAsync(server, $"\"nextToken\":\"{Forward(page)}\"")).GetProperty("events").GetArrayLength());
    }

    [Fact]
    public async Task A_page_holds_a_megabyte()
    {
        await using var server = await ServerWithAsync(0);
        using var writer = server.Open("g", "s");
        for (var line = 0; line < 15; line++)
        {
            while (!writer.TryWrite(server.Now, Enumerable.Repeat((byte)('a' + line), 200_000).ToArray()))
                await writer.WaitForRoomAsync(CancellationToken.None);
        }

        var (events, pages, token) = (0, 0, "");
        while (true)
        {
            var page = await server.CallAsync("FilterLogEvents", $$"""{"logGroupName":"g"{{token}}}""");
            events += page.GetProperty("events").GetArrayLength();
            pages++;
            if (!page.TryGetProperty("nextToken", out var next))
                break;
            token = $",\"nextToken\":\"{next.GetString()}\"";
        }

        Assert.Equal(15, events);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task Interleaves_the_streams_of_a_group_and_pages_through_every_event_once()
    {
        await using var server = await LogsServer.StartAsync();
        var writers = Enumerable.Range(0, 7).Select(index => server.Open("g", $"stream-{index}")).ToList();
        var random = new Random(3);
        var expected = new List<(long Time, int Line)>();
        for (var line = 0; line < 2000; line++)
        {
            var time = server.Now + line / 3 * 20;
            expected.Add((time, line));
            writers[random.Next(7)].TryWrite(time, System.Text.Encoding.UTF8.GetBytes($"{line}"));
            if (random.Next(100) == 0)
                await server.Ingest.FlushAsync();
        }

        var seen = new List<(long Time, int Line)>();
        var ids = new HashSet<string>();
        var token = "";
        while (true)
        {
            var page = await server.CallAsync("FilterLogEvents", $$"""{"logGroupName":"g","limit":77{{token}}}""");
            foreach (var found in page.GetProperty("events").EnumerateArray())
            {
                seen.Add((found.GetProperty("timestamp").GetInt64(), int.Parse(found.GetProperty("message").GetString()!)));
                Assert.True(ids.Add(found.GetProperty("eventId").GetString()!));
            }

            if (!page.TryGetProperty("nextToken", out var next))
                break;
            token = $",\"nextToken\":\"{next.GetString()}\"";
        }

        Assert.Equal(expected.Select(e => e.Time), seen.Select(e => e.Time));
        Assert.Equal(expected.Select(e => e.Line).Order(), seen.Select(e => e.Line).Order());
    }

    [Fact]
    public async Task Reads_a_stream_backwards_in_the_reverse_order_of_forwards()
    {
        await using var server = await ServerWithAsync(0);
        var random = new Random(5);
        for (var batch = 0; batch < 40; batch++)
        {
            var times = Enumerable.Range(0, 5).Select(_ => server.Now - random.Next(20_000)).Order().ToList();
            await server.CallAsync("PutLogEvents", $$"""{"logGroupName":"g","logStreamName":"s","logEvents":[{{string.Join(',',
                times.Select((time, index) => $$"""{"timestamp":{{time}},"message":"{{batch}}-{{index}}"}"""))}}]}""");
        }

        var forward = await server.MessagesAsync("GetLogEvents", """{"logGroupName":"g","logStreamName":"s","startFromHead":true}""");
        var backward = new List<string>();
        var token = "";
        while (true)
        {
            var page = await GetAsync(server, $"\"limit\":7{token}");
            if (page.GetProperty("events").GetArrayLength() == 0)
                break;
            backward.InsertRange(0, page.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("message").GetString()!));
            token = $",\"nextToken\":\"{Backward(page)}\"";
        }

        Assert.Equal(200, forward.Count);
        Assert.Equal(forward, backward);
    }

    [Fact]
    public async Task Filters_by_stream_names_prefix_pattern_and_arn()
    {
        await using var server = await LogsServer.StartAsync();
        foreach (var stream in (string[])["a1", "a2", "b1"])
            server.Open("g", stream).TryWrite(server.Now, System.Text.Encoding.UTF8.GetBytes($"{{\"level\":\"ERROR\",\"n\":4,\"s\":\"{stream}\"}}"));
        Assert.Equal(2, (await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g","logStreamNamePrefix":"a"}""")).Count);
        Assert.Equal(2, (await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g","logStreamNames":["a1","b1"]}""")).Count);
        Assert.Single(await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g","logStreamNames":["b1"],"interleaved":true}"""));
        Assert.Single(await server.MessagesAsync("FilterLogEvents",
            """{"logGroupIdentifier":"arn:aws:logs:us-east-1:000000000000:log-group:g","filterPattern":"{ $.level = \"ERROR\" && $.n > 3 && $.s = b* }"}"""));
        Assert.Equal("The specified log stream does not exist.",
            (await server.RefusedAsync("FilterLogEvents", """{"logGroupName":"g","logStreamNames":["zz"]}""")).Message);
        Assert.Equal("The specified log group does not exist.",
            (await server.RefusedAsync("FilterLogEvents", """{"logGroupIdentifier":"arn:aws:logs:us-east-1:111111111111:log-group:g"}""")).Message);
        Assert.Equal("InvalidParameterException", (await server.RefusedAsync("FilterLogEvents", """{"logGroupName":"g","filterPattern":"{"}""")).Code);
    }

    [Fact]
    public async Task Counts_bytes_and_forgets_a_deleted_stream()
    {
        await using var server = await ServerWithAsync(3);
        Assert.Equal(3 * 27, (await server.CallAsync("DescribeLogGroups", "{}")).GetProperty("logGroups")[0].GetProperty("storedBytes").GetInt64());
        await server.CallAsync("DeleteLogStream", Stream);
        Assert.Empty(await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g"}"""));
        await server.Store.SweepAsync(CancellationToken.None);
        Assert.Equal(0, (await server.CallAsync("DescribeLogGroups", "{}")).GetProperty("logGroups")[0].GetProperty("storedBytes").GetInt64());
        await server.CallAsync("CreateLogStream", Stream);
        Assert.Empty(await server.MessagesAsync("GetLogEvents", Stream));
    }

    [Fact]
    public async Task Retention_hides_expired_events_at_once_and_the_reaper_deletes_them()
    {
        await using var server = await ServerWithAsync(0);
        await PutAsync(server, server.Now, "old");
        server.Time.Advance(TimeSpan.FromDays(2));
        await PutAsync(server, server.Now, "new");
        Assert.Equal(["old", "new"], await server.MessagesAsync("GetLogEvents", Stream));
        await server.CallAsync("PutRetentionPolicy", """{"logGroupName":"g","retentionInDays":1}""");
        Assert.Equal(["new"], await server.MessagesAsync("GetLogEvents", Stream));
        Assert.Equal(["new"], await server.MessagesAsync("FilterLogEvents", """{"logGroupName":"g"}"""));

        while ((await server.CallAsync("DescribeLogGroups", "{}")).GetProperty("logGroups")[0].GetProperty("storedBytes").GetInt64() != 29)
            server.Time.Advance(TimeSpan.FromSeconds(1));
        await server.CallAsync("DeleteRetentionPolicy", """{"logGroupName":"g"}""");
        Assert.Equal(["new"], await server.MessagesAsync("GetLogEvents", Stream));
        var group = (await server.CallAsync("DescribeLogGroups", "{}")).GetProperty("logGroups")[0];
        Assert.False(group.TryGetProperty("retentionInDays", out _));
    }

    [Fact]
    public async Task Rejects_events_that_are_too_old_expired_or_too_new_and_keeps_the_rest()
    {
        await using var server = await ServerWithAsync(0);
        var now = server.Now;
        const long hour = 3_600_000;
        var answer = await server.CallAsync("PutLogEvents", $$"""
            {"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":{{now - 15 * 24 * hour}},"message":"old"},
             {"timestamp":{{now}},"message":"kept"},{"timestamp":{{now + 2 * hour}},"message":"kept too"},{"timestamp":{{now + 2 * hour + 1}},"message":"new"}]}
            """);
        Assert.Equal("""{"tooNewLogEventStartIndex":3,"tooOldLogEventEndIndex":1}""", answer.GetProperty("rejectedLogEventsInfo").GetRawText());
        Assert.Matches(@"^\d{56}$", answer.GetProperty("nextSequenceToken").GetString());
        Assert.Equal(["kept", "kept too"], await server.MessagesAsync("GetLogEvents", Stream));
        await server.CallAsync("PutRetentionPolicy", """{"logGroupName":"g","retentionInDays":1}""");
        answer = await server.CallAsync("PutLogEvents",
            $$"""{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":{{now - 25 * hour}},"message":"expired"}]}""");
        Assert.Equal("""{"expiredLogEventEndIndex":1}""", answer.GetProperty("rejectedLogEventsInfo").GetRawText());
    }

    [Fact]
    public async Task Acknowledged_events_are_there_after_a_restart()
    {
        await using var server = await ServerWithAsync(2);
        await server.RestartAsync();
        Assert.Equal(["0", "1"], await server.MessagesAsync("GetLogEvents", Stream));
        await PutAsync(server, server.Now - 1000 + 1, "2");
        Assert.Equal(["0", "1", "2"], await server.MessagesAsync("GetLogEvents", Stream));
    }

    [Fact]
    public async Task Reset_empties_everything()
    {
        await using var server = await ServerWithAsync(2);
        using var writer = server.Open("g", "s");
        writer.TryWrite(server.Now, "before"u8);
        await server.Ingest.FlushAsync();
        await server.Store.ResetAsync();
        Assert.Equal(0, (await server.CallAsync("DescribeLogGroups", "{}")).GetProperty("logGroups").GetArrayLength());
        writer.TryWrite(server.Now, "after"u8);
        Assert.Equal(["after"], await server.MessagesAsync("GetLogEvents", Stream));
    }

    [Fact]
    public async Task Tags_are_set_listed_and_removed_by_arn_and_by_name()
    {
        await using var server = await LogsServer.StartAsync();
        await server.CallAsync("CreateLogGroup", """{"logGroupName":"g","tags":{"a":"1"}}""");
        const string arn = "\"resourceArn\":\"arn:aws:logs:us-east-1:000000000000:log-group:g\"";
        await server.CallAsync("TagResource", "{" + arn + ",\"tags\":{\"b\":\"2\",\"a\":\"3\"}}");
        await server.CallAsync("TagLogGroup", """{"logGroupName":"g","tags":{"c":""}}""");
        Assert.Equal("""{"tags":{"a":"3","b":"2","c":""}}""", (await server.CallAsync("ListTagsForResource", "{" + arn + "}")).GetRawText());
        await server.CallAsync("UntagResource", "{" + arn + ",\"tagKeys\":[\"a\",\"nope\"]}");
        await server.CallAsync("UntagLogGroup", """{"logGroupName":"g","tags":["b"]}""");
        Assert.Equal("""{"tags":{"c":""}}""", (await server.CallAsync("ListTagsLogGroup", """{"logGroupName":"g"}""")).GetRawText());
        var many = string.Join(',', Enumerable.Range(0, 50).Select(index => $"\"k{index}\":\"\""));
        Assert.Equal("TooManyTagsException", (await server.RefusedAsync("TagResource", "{" + arn + ",\"tags\":{" + many + "}}")).Code);
    }

    [Theory]
    [InlineData("CreateLogGroup", """{"logGroupName":"g"}""", "ResourceAlreadyExistsException", "The specified log group already exists")]
    [InlineData("CreateLogStream", Stream, "ResourceAlreadyExistsException", "The specified log stream already exists")]
    [InlineData("CreateLogStream", """{"logGroupName":"x","logStreamName":"s"}""", "ResourceNotFoundException", "The specified log group does not exist.")]
    [InlineData("DeleteLogGroup", """{"logGroupName":"x"}""", "ResourceNotFoundException", "The specified log group does not exist.")]
    [InlineData("DeleteLogStream", """{"logGroupName":"g","logStreamName":"x"}""", "ResourceNotFoundException", "The specified log stream does not exist.")]
    [InlineData("GetLogEvents", """{"logGroupName":"g","logStreamName":"x"}""", "ResourceNotFoundException", "The specified log stream does not exist.")]
    [InlineData("GetLogEvents", """{"logGroupName":"g","logStreamName":"s","nextToken":"x/1"}""", "InvalidParameterException", "The specified nextToken is invalid.")]
    [InlineData("GetLogEvents", """{"logGroupName":"g","logStreamName":"s","nextToken":"f/99999999999999999999999999999999999999999999999999999999/s"}""", "InvalidParameterException", "The specified nextToken is invalid.")]
    [InlineData("DescribeLogGroups", """{"nextToken":"§"}""", "InvalidParameterException", "The specified nextToken is invalid.")]
    [InlineData("DescribeLogGroups", """{"limit":51}""", "InvalidParameterException", "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50")]
    [InlineData("DescribeLogGroups", """{"logGroupNamePrefix":"a","logGroupNamePattern":"b"}""", "InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")]
    [InlineData("DescribeLogStreams", """{"logGroupName":"g","orderBy":"LastEventTime","logStreamNamePrefix":"s"}""", "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")]
    [InlineData("CreateLogStream", "{}", "InvalidParameterException", "2 validation errors detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null; Value null at 'logStreamName' failed to satisfy constraint: Member must not be null")]
    [InlineData("CreateLogGroup", """{"logGroupName":"a b"}""", "InvalidParameterException", @"1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+")]
    [InlineData("CreateLogGroup", """{"logGroupName":"aws/x"}""", "InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.")]
    [InlineData("PutRetentionPolicy", """{"logGroupName":"x","retentionInDays":1}""", "ResourceNotFoundException", "The specified log group does not exist.")]
    [InlineData("PutLogEvents", """{"logGroupName":"g","logStreamName":"x","logEvents":[{"timestamp":1785585600000,"message":"m"}]}""", "ResourceNotFoundException", "The specified log stream does not exist.")]
    [InlineData("PutLogEvents", """{"logGroupName":"g","logStreamName":"s","logEvents":[]}""", "InvalidParameterException", "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("PutLogEvents", """{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":2,"message":"m"},{"timestamp":1,"message":"m"}]}""", "InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")]
    [InlineData("PutLogEvents", """{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1785499199999,"message":"m"},{"timestamp":1785585600000,"message":"m"}]}""", "InvalidParameterException", "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")]
    [InlineData("PutLogEvents", """{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\ud800"}]}""", "SerializationException", "A string of the request is not valid Unicode.")]
    [InlineData("PutLogEvents", """{"logGroupName":"g","logStreamName":"s","logEvents":["x"]}""", "SerializationException", "A member of the request has a value of the wrong type.")]
    [InlineData("FilterLogEvents", "{}", "InvalidParameterException", "Exactly one of logGroupName or logGroupIdentifier must be provided.")]
    [InlineData("TagResource", """{"resourceArn":"arn:aws:logs:us-east-1:000000000000:log-group:x","tags":{"a":"b"}}""", "ResourceNotFoundException", "The specified log group does not exist.")]
    public async Task Refuses_as_AWS_does(string operation, string json, string code, string message)
    {
        await using var server = await ServerWithAsync(0);
        Assert.Equal((code, message), await server.RefusedAsync(operation, json));
    }

    [Fact]
    public async Task Refuses_an_upload_that_is_too_large()
    {
        await using var server = await ServerWithAsync(0);
        var json = $$"""{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":{{server.Now}},"message":"{{new string('x', 1048576)}}"}]}""";
        Assert.Equal("Upload too large: 1048602 bytes exceeds limit of 1048576", (await server.RefusedAsync("PutLogEvents", json)).Message);
    }

    static async Task<LogsServer> ServerWithAsync(int events)
    {
        var server = await LogsServer.StartAsync();
        await server.CallAsync("CreateLogGroup", """{"logGroupName":"g"}""");
        await server.CallAsync("CreateLogStream", Stream);
        for (var index = 0; index < events; index++)
            await PutAsync(server, server.Now - 1000 + index, $"{index}");
        return server;
    }

    static Task PutAsync(LogsServer server, long timestamp, string message) => server.CallAsync("PutLogEvents",
        $$"""{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":{{timestamp}},"message":"{{message}}"}]}""");

    static Task<JsonElement> GetAsync(LogsServer server, string members) =>
        server.CallAsync("GetLogEvents", $$"""{"logGroupName":"g","logStreamName":"s",{{members}}}""");

    static (int First, int Last) Range(JsonElement page)
    {
        var events = page.GetProperty("events");
        return (Message(events[0]), Message(events[events.GetArrayLength() - 1]));

        static int Message(JsonElement found) => int.Parse(found.GetProperty("message").GetString()!);
    }

    static string Forward(JsonElement page) => page.GetProperty("nextForwardToken").GetString()!;

    static string Backward(JsonElement page) => page.GetProperty("nextBackwardToken").GetString()!;
}
