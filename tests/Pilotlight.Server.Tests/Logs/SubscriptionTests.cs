using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Pilotlight.Targets;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Logs;

/// <summary>Subscription filters: what of a log group reaches a function.</summary>
public sealed class SubscriptionTests
{
    const string Group = "/aws/lambda/two";
    const string Destination = "arn:aws:lambda:us-east-1:000000000000:function:one";

    readonly ConcurrentQueue<JsonElement> _got = new();

    Task<PilotlightServer> StartAsync() => StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => Keep(payload))));

    static async Task<PilotlightServer> StartAsync(FakeSandboxDriver driver, Action<IServiceCollection>? services = null)
    {
        var server = await PilotlightServer.StartAsync(driver, services);
        await EnvironmentLifecycleTests.CreateAsync(server, "one");
        await CallAsync(server, "CreateLogGroup", $$"""{"logGroupName":"{{Group}}"}""");
        await CallAsync(server, "CreateLogStream", $$"""{"logGroupName":"{{Group}}","logStreamName":"s"}""");
        return server;
    }

    string Keep(string payload)
    {
        var json = JsonDocument.Parse(payload).RootElement;
        if (json.TryGetProperty("awslogs", out var logs))
            _got.Enqueue(Unpack(Convert.FromBase64String(logs.GetProperty("data").GetString()!)));
        return "1";
    }

    static JsonElement Unpack(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        return JsonDocument.Parse(gzip).RootElement;
    }

    static async Task AllowAsync(PilotlightServer server, string principal = "logs.amazonaws.com")
    {
        using var added = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/policy", $$"""
            {"StatementId":"logs","Action":"lambda:InvokeFunction","Principal":"{{principal}}","SourceArn":"arn:aws:logs:us-east-1:000000000000:log-group:{{Group}}:*"}
            """);
        Assert.Equal(201, (int)added.StatusCode);
    }

    static async Task<(int Status, string Body)> TryCallAsync(PilotlightServer server, string operation, string json)
    {
        using var answer = await server.Client.SendAsync(
            "logs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json), ("X-Amz-Target", $"Logs_20140328.{operation}"), ("Content-Type", "application/x-amz-json-1.1"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static async Task<JsonElement> CallAsync(PilotlightServer server, string operation, string json)
    {
        var (status, body) = await TryCallAsync(server, operation, json);
        Assert.True(status == 200, body);
        return body.Length > 0 ? JsonDocument.Parse(body).RootElement : default;
    }

    static Task<JsonElement> SubscribeAsync(PilotlightServer server, string pattern = "", string name = "f") => CallAsync(server, "PutSubscriptionFilter",
        $$"""{"logGroupName":"{{Group}}","filterName":"{{name}}","filterPattern":"{{pattern}}","destinationArn":"{{Destination}}"}""");

    static Task WriteAsync(PilotlightServer server, params string[] messages)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return CallAsync(server, "PutLogEvents", $$"""
            {"logGroupName":"{{Group}}","logStreamName":"s","logEvents":[{{string.Join(',', messages.Select(message => $$"""{"timestamp":{{now}},"message":"{{message}}"}"""))}}]}
            """);
    }

    Task GotAsync(int count) => EnvironmentLifecycleTests.Until(() => Task.FromResult(_got.Count >= count));

    [Theory]
    [InlineData("logs.amazonaws.com")]
    [InlineData("logs.us-east-1.amazonaws.com")]
    public async Task A_function_gets_what_matches_as_AWS_sends_it(string principal)
    {
        await using var server = await StartAsync();
        await AllowAsync(server, principal);
        await WriteAsync(server, "ERROR before");
        await SubscribeAsync(server, "ERROR");
        await WriteAsync(server, "ERROR one", "fine", "an ERROR two");
        await GotAsync(2);
        var seen = _got.ToArray();
        Assert.Equal(
            """{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":T,"message":"CWL CONTROL MESSAGE: Checking health of destination Lambda function."}]}"""
                .Replace("T,", $"{seen[0].GetProperty("logEvents")[0].GetProperty("timestamp").GetInt64()},"),
            seen[0].GetRawText());
        Assert.Equal(["messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents"], seen[1].EnumerateObject().Select(member => member.Name));
        Assert.Equal(("DATA_MESSAGE", "000000000000", Group, "s", "[\"f\"]"), (seen[1].GetProperty("messageType").GetString(), seen[1].GetProperty("owner").GetString(),
            seen[1].GetProperty("logGroup").GetString(), seen[1].GetProperty("logStream").GetString(), seen[1].GetProperty("subscriptionFilters").GetRawText()));
        var events = seen[1].GetProperty("logEvents").EnumerateArray().ToList();
        Assert.Equal(["ERROR one", "an ERROR two"], events.Select(each => each.GetProperty("message").GetString()));
        var read = (await CallAsync(server, "FilterLogEvents", $$"""{"logGroupName":"{{Group}}","filterPattern":"ERROR"}""")).GetProperty("events").EnumerateArray();
        Assert.Equal(read.Skip(1).Select(each => each.GetProperty("eventId").GetString()), events.Select(each => each.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task What_another_function_writes_arrives()
    {
        await using var server = await StartAsync();
        await AllowAsync(server);
        await EnvironmentLifecycleTests.CreateAsync(server, "two");
        await SubscribeAsync(server, "REPORT");
        using var invoked = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/two/invocations", "{}");
        Assert.Equal(200, (int)invoked.StatusCode);
        await GotAsync(2);
        Assert.StartsWith("REPORT RequestId", _got.Last().GetProperty("logEvents")[0].GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_function_that_begins_to_write_into_the_subscribed_group_gets_nothing_more()
    {
        var warnings = new Warnings();
        await using var server = await StartAsync(
            new FakeSandboxDriver(process => process.ServeAsync((_, payload) => Keep(payload))), services => services.AddSingleton<ILoggerProvider>(warnings));
        await AllowAsync(server);
        await SubscribeAsync(server);
        await WriteAsync(server, "before");
        await GotAsync(2);
        using (var moved = await server.Client.LambdaAsync(
            HttpMethod.Put, "/2015-03-31/functions/one/configuration", $$$"""{"LoggingConfig":{"LogFormat":"Text","LogGroup":"{{{Group}}}"}}"""))
            Assert.Equal(200, (int)moved.StatusCode);
        // Until then the function may still run as it was.
        await EnvironmentLifecycleTests.Until(async () =>
        {
            using var function = await server.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/one/configuration");
            return JsonDocument.Parse(await function.Content.ReadAsStringAsync()).RootElement.GetProperty("LastUpdateStatus").GetString() == "Successful";
        });
        await WriteAsync(server, "after");
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(warnings.Lines.Any(line => line.Contains("the destination writes into this log group", StringComparison.Ordinal))));
        Assert.Equal(2, _got.Count);
    }

    sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task What_AWS_refuses_is_refused()
    {
        await using var server = await StartAsync();
        await Refused("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.");
        await AllowAsync(server);
        await Refused("The specified log group does not exist.", group: "none", code: "ResourceNotFoundException");
        await Refused("destinationArn for vendor lambda cannot be used with roleArn", more: ""","roleArn":"arn:aws:iam::000000000000:role/r" """);
        await Refused("PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs", destination: "arn:aws:sqs:us-east-1:000000000000:q");
        await Refused("destinationArn for vendor kinesis must be used with roleArn", destination: "arn:aws:kinesis:us-east-1:000000000000:stream/s");
        await Refused("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.", destination: Destination + "no");
        await Refused("Invalid destinationArn specified", destination: "one");
        Assert.Equal(400, (await TryCallAsync(server, "PutSubscriptionFilter",
            $$"""{"logGroupName":"{{Group}}","filterName":"f","filterPattern":"{ $.a ","destinationArn":"{{Destination}}"}""")).Status);
        await CallAsync(server, "CreateLogGroup", """{"logGroupName":"/aws/lambda/one"}""");
        await Refused("The destination function writes to this log group: it would be invoked for its own output without end.", group: "/aws/lambda/one");
        await SubscribeAsync(server);
        await SubscribeAsync(server, "changed");
        await SubscribeAsync(server, name: "g");
        await Refused("Resource limit exceeded.", name: "h", code: "LimitExceededException");
        var filters = (await CallAsync(server, "DescribeSubscriptionFilters", $$"""{"logGroupName":"{{Group}}"}""")).GetProperty("subscriptionFilters").EnumerateArray().ToList();
        Assert.Equal(["f changed ByLogStream", "g  ByLogStream"], filters.Select(each =>
            $"{each.GetProperty("filterName").GetString()} {each.GetProperty("filterPattern").GetString()} {each.GetProperty("distribution").GetString()}"));
        await CallAsync(server, "DeleteSubscriptionFilter", $$"""{"logGroupName":"{{Group}}","filterName":"f"}""");
        var (status, body) = await TryCallAsync(server, "DeleteSubscriptionFilter", $$"""{"logGroupName":"{{Group}}","filterName":"f"}""");
        Assert.Equal((400, """{"__type":"ResourceNotFoundException","message":"The specified subscription filter does not exist."}"""), (status, body));
        await CallAsync(server, "DeleteLogGroup", $$"""{"logGroupName":"{{Group}}"}""");
        await CallAsync(server, "CreateLogGroup", $$"""{"logGroupName":"{{Group}}"}""");
        Assert.Equal(0, (await CallAsync(server, "DescribeSubscriptionFilters", $$"""{"logGroupName":"{{Group}}"}""")).GetProperty("subscriptionFilters").GetArrayLength());

        async Task Refused(string message, string group = Group, string name = "f", string destination = Destination, string more = "", string code = "InvalidParameterException")
        {
            var answer = await TryCallAsync(server, "PutSubscriptionFilter",
                $$"""{"logGroupName":"{{group}}","filterName":"{{name}}","filterPattern":"","destinationArn":"{{destination}}"{{more}} }""");
            Assert.Equal((400, $$"""{"__type":"{{code}}","message":"{{message}}"}"""), answer);
        }
    }

    [Fact]
    public async Task What_was_not_delivered_before_a_restart_is_delivered_after_it()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => Keep(payload)));
            var stuck = new StuckTarget();
            await using (var first = await PilotlightServer.StartAsync(driver, dataFolder: folder, services: services =>
            {
                services.Remove(services.Single(each => each.ServiceType == typeof(ITarget) && each.ImplementationType?.Name == "FunctionTarget"));
                services.AddSingleton<ITarget>(stuck);
            }))
            {
                await EnvironmentLifecycleTests.CreateAsync(first, "one");
                await CallAsync(first, "CreateLogGroup", $$"""{"logGroupName":"{{Group}}"}""");
                await CallAsync(first, "CreateLogStream", $$"""{"logGroupName":"{{Group}}","logStreamName":"s"}""");
                await AllowAsync(first);
                await SubscribeAsync(first);
                await WriteAsync(first, "kept");
                await stuck.Reached.Task;
            }

            await using var second = await PilotlightServer.StartAsync(driver, dataFolder: folder);
            await GotAsync(1);
            Assert.Equal("kept", _got.Single().GetProperty("logEvents")[0].GetProperty("message").GetString());
            await WriteAsync(second, "next");
            await GotAsync(2);
            Assert.Equal("next", _got.Last().GetProperty("logEvents")[0].GetProperty("message").GetString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Takes the first delivery, the control message, and is never done with the next.</summary>
    sealed class StuckTarget : ITarget
    {
        int _deliveries;

        public TaskCompletionSource Reached { get; } = new();

        public string Service => "lambda";

        public string Action => "lambda:InvokeFunction";

        public bool Exists(string arn) => true;

        public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
        {
            if (_deliveries++ > 0)
            {
                Reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            return DeliveryResult.Delivered;
        }
    }
}
