using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;
using Pilotlight.Tests.Streams;

namespace Pilotlight.Tests.EventSources;

/// <summary>A function of a test: gets the event, returns what it answers, or throws to fail.</summary>
public delegate Task<string> StreamFunction(JsonNode payload);

/// <summary>A whole server with a function <c>mapped</c> that the test writes, and streams.</summary>
public sealed class StreamMappingServer : IAsyncDisposable
{
    const string Mappings = "/2015-03-31/event-source-mappings";

    readonly PilotlightServer _server;

    StreamMappingServer(PilotlightServer server) => _server = server;

    public StreamsClient Streams => new(_server.Client);

    public PilotlightServer Server => _server;

    /// <summary>Every event that the function got, in the order in which it got them.</summary>
    public ConcurrentQueue<JsonNode> Events { get; } = new();

    public static async Task<StreamMappingServer> StartAsync(
        StreamFunction function, string? dataFolder = null, Action<PlatformOptions>? configure = null, TimeProvider? time = null)
    {
        StreamMappingServer? started = null;
        var ready = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
                var payload = JsonNode.Parse(await next.Content.ReadAsStringAsync(process.Killed))!;
                await ready.Task;
                started!.Events.Enqueue(payload);
                try
                {
                    using var accepted = await process.RespondAsync(id, await function(payload));
                }
                catch (FunctionFailedException)
                {
                    using var accepted = await process.FailAsync(id, """{"errorMessage":"no","errorType":"Error"}""");
                }
            }
        });
        var server = await PilotlightServer.StartAsync(
            driver, time is null ? null : services => services.AddSingleton(time), options =>
            {
                options.Streams.TransitionTime = TimeSpan.Zero;
                configure?.Invoke(options);
            }, dataFolder: dataFolder);
        started = new StreamMappingServer(server);
        ready.SetResult();
        if (dataFolder is null || !File.Exists(Path.Combine(dataFolder, "made")))
        {
            await EnvironmentLifecycleTests.CreateAsync(server, "mapped");
            if (dataFolder is not null)
                await File.WriteAllTextAsync(Path.Combine(dataFolder, "made"), "");
        }

        return started;
    }

    /// <summary>Its id.</summary>
    public async Task<string> MapAsync(string stream, string settings = "", string position = "TRIM_HORIZON") => await MapArnAsync(StreamsClient.Arn(stream), settings, position);

    public async Task<string> MapArnAsync(string arn, string settings = "", string position = "TRIM_HORIZON")
    {
        var mapping = await SendAsync(
            HttpMethod.Post, "", $$"""{"FunctionName":"mapped","EventSourceArn":"{{arn}}","StartingPosition":"{{position}}"{{settings}}}""");
        Assert.True(mapping["UUID"] is not null, mapping.ToJsonString());
        return (string)mapping["UUID"]!;
    }

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var answer = await _server.Client.LambdaAsync(method, Mappings + path, json);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    /// <summary>A queue that takes records of failures; its ARN is that of every queue of the account.</summary>
    public async Task CreateQueueAsync(string name)
    {
        var policy = JsonValue.Create("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}").ToJsonString();
        await QueueAsync("CreateQueue", $$"""{"QueueName":"{{name}}","Attributes":{"Policy":{{policy}} } }""");
    }

    /// <summary>The next message's body.</summary>
    public async Task<JsonNode> ReceiveAsync(string queue)
    {
        while (true)
        {
            var answer = await QueueAsync("ReceiveMessage", $$"""{"QueueUrl":"{{_server.Endpoint}}000000000000/{{queue}}","WaitTimeSeconds":5}""");
            if (answer["Messages"] is JsonArray { Count: > 0 } messages)
                return JsonNode.Parse((string)messages[0]!["Body"]!)!;
        }
    }

    async Task<JsonNode> QueueAsync(string operation, string json)
    {
        using var answer = await _server.Client.SendAsync(
            "sqs", HttpMethod.Post, "/", System.Text.Encoding.UTF8.GetBytes(json),
            ("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0"));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    public Task UntilAsync(Func<bool> holds) => EnvironmentLifecycleTests.Until(() => Task.FromResult(holds()));

    public Task UntilAsync(string mapping, Func<JsonNode, bool> holds) =>
        EnvironmentLifecycleTests.Until(async () => holds(await SendAsync(HttpMethod.Get, $"/{mapping}")));

    /// <summary>The data of every record of an event.</summary>
    public static string[] DataOf(JsonNode payload) =>
        [.. payload["Records"]!.AsArray().Select(static record => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)record!["kinesis"]!["data"]!)))];

    /// <summary>Of every event until now.</summary>
    public string[][] Batches => [.. Events.Select(DataOf)];

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

public sealed class FunctionFailedException : Exception;
