using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.EventSources;
using Pilotlight.Queues;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.EventSources;

/// <summary>Queues of the platform polled for functions, on the whole server.</summary>
public sealed class SqsPollerTests
{
    [Fact]
    public async Task A_message_reaches_the_function_in_AWSs_shape_and_is_gone()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("orders");
        await polled.MapAsync(queue);

        await queue.SendAsync(new NewMessage("hällo \"you\"")
        {
            SenderId = "AIDATEST",
            TraceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
            Attributes = [new MessageAttribute("k", "String", "v", default), new MessageAttribute("raw", "Binary", null, new byte[] { 1, 2 })],
        });
        var record = Assert.Single((await polled.NextAsync())["Records"]!.AsArray())!;

        Assert.Equal(
            ["messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfMessageAttributes", "md5OfBody", "eventSource", "eventSourceARN", "awsRegion"],
            record.AsObject().Select(member => member.Key));
        Assert.Equal(("hällo \"you\"", "aws:sqs", queue.Arn, "us-east-1"),
            ((string?)record["body"], (string?)record["eventSource"], (string?)record["eventSourceARN"], (string?)record["awsRegion"]));
        Assert.Equal("""{"stringValue":"v","stringListValues":[],"binaryListValues":[],"dataType":"String"}""", record["messageAttributes"]!["k"]!.ToJsonString());
        Assert.Equal("""{"binaryValue":"AQI=","stringListValues":[],"binaryListValues":[],"dataType":"Binary"}""", record["messageAttributes"]!["raw"]!.ToJsonString());
        Assert.Equal(("1", "AIDATEST", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"), ((string?)record["attributes"]!["ApproximateReceiveCount"],
            (string?)record["attributes"]!["SenderId"], (string?)record["attributes"]!["AWSTraceHeader"]));
        await PolledServer.EmptyAsync(queue);
    }

    [Fact]
    public async Task Without_attributes_there_is_no_digest_of_them()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("plain");
        await polled.MapAsync(queue);
        await queue.SendAsync(new NewMessage("x"));

        var record = (await polled.NextAsync())["Records"]![0]!;

        Assert.Equal("{}", record["messageAttributes"]!.ToJsonString());
        Assert.Null(record["md5OfMessageAttributes"]);
        Assert.Equal("9dd4e461268c8034f5c8564e155c67a6", (string?)record["md5OfBody"]);
    }

    [Fact]
    public async Task What_is_there_at_once_is_one_batch_without_a_window()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("burst");
        await queue.SendAsync([.. Enumerable.Range(0, 10).Select(n => new NewMessage($"{n}"))]);
        await polled.MapAsync(queue);

        Assert.Equal(10, (await polled.NextAsync())["Records"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_window_gathers_more_than_one_receive()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("window");
        await polled.MapAsync(queue, """ "BatchSize":25,"MaximumBatchingWindowInSeconds":60 """);

        for (var n = 0; n < 25; n++)
            await queue.SendAsync(new NewMessage($"{n}"));

        Assert.Equal(25, (await polled.NextAsync())["Records"]!.AsArray().Count);
        await PolledServer.EmptyAsync(queue);
    }

    [Fact]
    public async Task A_poison_message_is_tried_exactly_as_often_as_the_queue_says_and_then_lies_in_the_dead_letter_queue()
    {
        await using var polled = await PolledServer.StartAsync();
        polled.Answer = _ => null;
        var dead = await polled.QueueAsync("dead");
        var queue = await polled.QueueAsync("poison", ("VisibilityTimeout", "1"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{dead.Arn}}","maxReceiveCount":3}"""));
        var id = await polled.MapAsync(queue);
        await queue.SendAsync(new NewMessage("poison"));

        await EnvironmentLifecycleTests.Until(() => Task.FromResult(dead.Count().Visible == 1));
        await PolledServer.EmptyAsync(queue);

        Assert.Equal(["1", "2", "3"], polled.Events.Select(e => (string)e["Records"]![0]!["attributes"]!["ApproximateReceiveCount"]!));
        Assert.Equal("PROBLEM: Function call failed", (string?)(await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"]);
    }

    [Fact]
    public async Task Only_what_the_function_names_comes_again()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("partial", ("VisibilityTimeout", "1"));
        polled.Answer = payload => new JsonObject
        {
            ["batchItemFailures"] = new JsonArray([.. payload["Records"]!.AsArray()
                .Where(record => (string?)record!["body"] == "bad" && (string?)record["attributes"]!["ApproximateReceiveCount"] == "1")
                .Select(record => new JsonObject { ["itemIdentifier"] = (string?)record!["messageId"] })]),
        }.ToJsonString();
        await queue.SendAsync([new NewMessage("good"), new NewMessage("bad"), new NewMessage("fine")]);
        await polled.MapAsync(queue, """ "FunctionResponseTypes":["ReportBatchItemFailures"] """);

        await PolledServer.EmptyAsync(queue);

        Assert.Equal(["bad"], polled.Events.Skip(1).Select(e => (string)Assert.Single(e["Records"]!.AsArray())!["body"]!));
    }

    [Fact]
    public async Task An_answer_that_names_what_was_not_in_the_batch_fails_all_of_it()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("unknown");
        polled.Answer = _ => """{"batchItemFailures":[{"itemIdentifier":"nobody"}]}""";
        await polled.MapAsync(queue, """ "FunctionResponseTypes":["ReportBatchItemFailures"] """);
        await queue.SendAsync(new NewMessage("x"));

        await polled.NextAsync();
        Assert.Equal(1, queue.Count().InFlight);
    }

    [Fact]
    public async Task What_no_filter_lets_through_is_deleted_unseen()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("filtered");
        await queue.SendAsync([new NewMessage("""{"kind":"b"}"""), new NewMessage("plain"), new NewMessage("""{"kind":"a"}""")]);
        await polled.MapAsync(queue, """ "FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"kind\":[\"a\"]}}"}]} """);

        Assert.Equal("""{"kind":"a"}""", (string?)Assert.Single((await polled.NextAsync())["Records"]!.AsArray())!["body"]);
        await PolledServer.EmptyAsync(queue);
        Assert.Single(polled.Events);
    }

    [Fact]
    public async Task A_group_keeps_its_order_and_waits_for_what_failed()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("line.fifo", ("FifoQueue", "true"), ("VisibilityTimeout", "1"), ("ContentBasedDeduplication", "true"));
        var failed = 0;
        polled.Answer = payload => (string?)payload["Records"]![0]!["body"] == "3" && Interlocked.Increment(ref failed) == 1 ? null : "1";
        for (var n = 0; n < 6; n++)
            await queue.SendAsync(new NewMessage($"{n}") { GroupId = "g", DeduplicationId = $"{n}" });
        await polled.MapAsync(queue, """ "BatchSize":1 """);

        await PolledServer.EmptyAsync(queue);

        Assert.Equal(["0", "1", "2", "3", "3", "4", "5"], polled.Events.Select(e => (string)e["Records"]![0]!["body"]!));
        var attributes = polled.Events.First()["Records"]![0]!["attributes"]!;
        Assert.Equal(("g", "0"), ((string?)attributes["MessageGroupId"], (string?)attributes["MessageDeduplicationId"]));
        Assert.NotNull(attributes["SequenceNumber"]);
    }

    [Fact]
    public async Task Throttled_batches_are_late_but_not_lost()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("narrow");
        await polled.ReserveAsync(1);
        await polled.MapAsync(queue, """ "BatchSize":1 """);

        await queue.SendAsync([.. Enumerable.Range(0, 100).Select(n => new NewMessage($"{n}"))]);
        await PolledServer.EmptyAsync(queue);

        Assert.Equal(Enumerable.Range(0, 100), polled.Events.Select(e => int.Parse((string)e["Records"]![0]!["body"]!)).Order());
        Assert.All(polled.Events, e => Assert.Equal("1", (string?)e["Records"]![0]!["attributes"]!["ApproximateReceiveCount"]));
    }

    [Fact]
    public async Task Nothing_is_received_for_a_function_that_may_not_run_at_all()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("stopped");
        await polled.ReserveAsync(0);
        var id = await polled.MapAsync(queue);
        await queue.SendAsync(new NewMessage("x"));
        await EnvironmentLifecycleTests.Until(async () =>
            ((string?)(await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"])?.StartsWith("PROBLEM: The function is throttled", StringComparison.Ordinal) == true);
        Assert.Equal((1, 0), (queue.Count().Visible, queue.Count().InFlight));

        await polled.ReserveAsync(2);
        await polled.NextAsync();
        await PolledServer.EmptyAsync(queue);
        Assert.Null((await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"]);
    }

    [Fact]
    public async Task A_disabled_mapping_receives_nothing_and_an_enabled_one_goes_on()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("switch");
        var id = await polled.MapAsync(queue);
        await polled.SwitchAsync(id, enabled: false);
        await queue.SendAsync(new NewMessage("x"));
        Assert.Equal(1, queue.Count().Visible);

        await polled.SwitchAsync(id, enabled: true);
        Assert.Equal("x", (string?)(await polled.NextAsync())["Records"]![0]!["body"]);
    }

    [Fact]
    public async Task A_queue_that_is_made_anew_is_polled_again()
    {
        await using var polled = await PolledServer.StartAsync();
        var queue = await polled.QueueAsync("phoenix");
        var id = await polled.MapAsync(queue);
        await polled.Server.Platform.Services.GetRequiredService<QueueCatalog>().DeleteAsync(queue.Key);
        await EnvironmentLifecycleTests.Until(async () =>
            ((string?)(await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"])?.StartsWith("PROBLEM", StringComparison.Ordinal) == true);

        queue = await polled.QueueAsync("phoenix");
        await queue.SendAsync(new NewMessage("again"));
        Assert.Equal("again", (string?)(await polled.NextAsync())["Records"]![0]!["body"]);
    }

    [Fact]
    public async Task A_loop_through_a_queue_is_stopped()
    {
        await using var polled = await PolledServer.StartAsync();
        var dead = await polled.QueueAsync("loops");
        var queue = await polled.QueueAsync("loop", ("VisibilityTimeout", "1"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{dead.Arn}}","maxReceiveCount":1}"""));
        // The function's header says how often it ran; it sends on what it gets, as an SDK does.
        polled.Traced = trace => queue.SendAsync(new NewMessage("round") { TraceHeader = trace });
        await polled.MapAsync(queue, """ "BatchSize":1 """);
        await queue.SendAsync(new NewMessage("round"));

        await EnvironmentLifecycleTests.Until(() => Task.FromResult(dead.Count().Visible == 1));
        Assert.Equal(16, polled.Events.Count);
    }

    [Fact]
    public async Task A_source_that_cannot_be_polled_is_refused_in_AWSs_words()
    {
        await using var polled = await PolledServer.StartAsync();
        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "polled", timeoutSeconds: 31);
        var missing = await polled.SendAsync(HttpMethod.Post, "", """{"FunctionName":"polled","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:nowhere"}""");
        Assert.Equal("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.", (string?)missing["message"]);

        var queue = await polled.QueueAsync("short");
        var late = await polled.SendAsync(HttpMethod.Post, "", $$"""{"FunctionName":"polled","EventSourceArn":"{{queue.Arn}}"}""");
        Assert.Equal("Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds", (string?)late["message"]);

        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "quick", timeoutSeconds: 1);
        var made = await polled.SendAsync(HttpMethod.Post, "", $$"""{"FunctionName":"quick","EventSourceArn":"{{queue.Arn}}","Enabled":false}""");
        var moved = await polled.SendAsync(HttpMethod.Put, $"/{made["UUID"]}", """{"FunctionName":"polled"}""");
        Assert.Equal("Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds", (string?)moved["message"]);

        var other = await polled.QueueAsync("long", ("VisibilityTimeout", "60"));
        await polled.RightsAsync("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
        var refused = await polled.SendAsync(HttpMethod.Post, "", $$"""{"FunctionName":"polled","EventSourceArn":"{{other.Arn}}"}""");
        Assert.Equal("The provided execution role does not have permissions to call ReceiveMessage on SQS", (string?)refused["message"]);
    }
}

/// <summary>A server whose functions write down what they are invoked with.</summary>
sealed class PolledServer : IAsyncDisposable
{
    const string Mappings = "/2015-03-31/event-source-mappings";
    const string Account = "000000000000";

    readonly ConcurrentQueue<JsonNode> _events = new();
    readonly SemaphoreSlim _more = new(0);
    int _read;

    public PilotlightServer Server { get; private set; } = null!;

    /// <summary>What a function answers; null for an error.</summary>
    public Func<JsonNode, string?> Answer { get; set; } = _ => "null";

    /// <summary>Gets the trace header of every invocation.</summary>
    public Func<string, Task>? Traced { get; set; }

    public IReadOnlyCollection<JsonNode> Events => _events;

    public static async Task<PolledServer> StartAsync(Action<PlatformOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var polled = new PolledServer();
        polled.Server = await PilotlightServer.StartAsync(new FakeSandboxDriver(polled.ServeAsync), services, configure);
        return polled;
    }

    async Task<Sandbox.ExitStatus> ServeAsync(FakeProcessContext process)
    {
        while (true)
        {
            using var next = await process.NextAsync();
            var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
            var payload = JsonNode.Parse(await next.Content.ReadAsStringAsync(process.Killed))!;
            if (Traced is not null)
                await Traced(next.Headers.GetValues("Lambda-Runtime-Trace-Id").Single());
            var answer = Answer(payload);
            _events.Enqueue(payload);
            _more.Release();
            using var accepted = answer is null
                ? await process.FailAsync(id, """{"errorMessage":"no","errorType":"E"}""")
                : await process.RespondAsync(id, answer);
        }
    }

    public async Task<JsonNode> NextAsync()
    {
        await _more.WaitAsync(TestContext.Current.CancellationToken);
        return _events.ElementAt(_read++);
    }

    public Task<Queue> QueueAsync(string name, params (string Name, string Value)[] attributes) =>
        TestQueues.CreateAsync(Server, name, attributes);

    /// <summary>A function of this name, if there is none, mapped to the queue; polled when this returns.</summary>
    public async Task<string> MapAsync(Queue queue, string settings = """ "BatchSize":10 """)
    {
        using (var known = await Server.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/polled"))
        {
            if (!known.IsSuccessStatusCode)
                await EnvironmentLifecycleTests.CreateAsync(Server, "polled", 1);
        }

        var created = await SendAsync(HttpMethod.Post, "", $$"""{"FunctionName":"polled","EventSourceArn":"{{queue.Arn}}",{{settings}}}""");
        var id = (string?)created["UUID"];
        Assert.True(id is not null, created.ToJsonString());
        await StateAsync(id, "Enabled");
        return id;
    }

    public async Task SwitchAsync(string id, bool enabled)
    {
        await SendAsync(HttpMethod.Put, $"/{id}", $$"""{"Enabled":{{(enabled ? "true" : "false")}}}""");
        await StateAsync(id, enabled ? "Enabled" : "Disabled");
    }

    Task StateAsync(string id, string state) =>
        EnvironmentLifecycleTests.Until(async () => (string?)(await SendAsync(HttpMethod.Get, $"/{id}"))["State"] == state);

    public async Task ReserveAsync(int concurrency)
    {
        using var known = await Server.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/polled");
        if (!known.IsSuccessStatusCode)
            await EnvironmentLifecycleTests.CreateAsync(Server, "polled", 1);
        using var reserved = await Server.Client.LambdaAsync(
            HttpMethod.Put, "/2017-10-31/functions/polled/concurrency", $$"""{"ReservedConcurrentExecutions":{{concurrency}}}""");
        Assert.True(reserved.IsSuccessStatusCode);
    }

    public Task RightsAsync(params string[] policies) =>
        Server.Platform.Services.GetRequiredService<Identities.AccountCatalog>().ChangeAsync(Account, change =>
            change.Put(change.Account.Roles.Find("r")! with { AttachedPolicies = [.. policies] }));

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var answer = await Server.Client.LambdaAsync(method, Mappings + path, json);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    /// <summary>Waits until the queue has no message left.</summary>
    public static Task EmptyAsync(Queue queue) =>
        EnvironmentLifecycleTests.Until(() => Task.FromResult(queue.Count() is { Visible: 0, InFlight: 0, Delayed: 0 }));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
