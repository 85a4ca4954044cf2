using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Functions;
using Pilotlight.Sandbox;
using Pilotlight.Targets;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Invocations;

/// <summary>Events from their acceptance to their end, over HTTP; retries come after tens of milliseconds here.</summary>
public sealed class EventQueueTests
{
    const string SinkArn = "arn:aws:lambda:us-east-1:000000000000:function:sink";

    static Action<PlatformOptions> Quick => static options => options.Invocations.RetryBaseDelay = TimeSpan.FromMilliseconds(60);

    [Fact]
    public async Task A_failing_function_is_tried_three_times_with_one_request_id_and_its_destination_is_told()
    {
        var ran = new Ledger();
        await using var server = await PilotlightServer.StartAsync(ran.Driver(failing: "bad"), configure: Quick);
        await EnvironmentLifecycleTests.CreateAsync(server, "bad");
        await EnvironmentLifecycleTests.CreateAsync(server, "sink");
        await ConfigureAsync(server, "bad", "{\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"" + SinkArn + "\"}}}");
        using var accepted = await EventAsync(server, "bad", """{"n": 1}""");
        Assert.Equal((HttpStatusCode.Accepted, ""), (accepted.StatusCode, await accepted.Content.ReadAsStringAsync()));
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(ran.Of("sink").Count == 1));

        var id = accepted.Headers.GetValues("x-amzn-RequestId").Single();
        Assert.Equal([id, id, id], ran.Of("bad").Select(run => run.RequestId));
        var record = ran.Of("sink").Single().Payload;
        Assert.StartsWith("{\"version\":\"1.0\",\"timestamp\":\"", record);
        Assert.EndsWith(
            $$$""","requestContext":{"requestId":"{{{id}}}","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:bad:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"n": 1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"no","errorType":"Bad"}}""",
            record);
        await UntilEventsAsync(server, "bad", report => report.GetProperty("waiting").GetInt32() == 0);
        var failed = (await EventsAsync(server, "bad")).GetProperty("failed")[0];
        Assert.Equal(
            ("RetriesExhausted", 3, "no", SinkArn),
            (failed.GetProperty("condition").GetString(), failed.GetProperty("attempts").GetInt32(), failed.GetProperty("error").GetString(), failed.GetProperty("sentTo").GetString()));
    }

    [Fact]
    public async Task A_destination_for_success_gets_the_answer()
    {
        var ran = new Ledger();
        await using var server = await PilotlightServer.StartAsync(ran.Driver(), configure: Quick);
        await EnvironmentLifecycleTests.CreateAsync(server, "good");
        await EnvironmentLifecycleTests.CreateAsync(server, "sink");
        await ConfigureAsync(server, "good", "{\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"" + SinkArn + "\"}}}");
        using var accepted = await EventAsync(server, "good", """["a"]""");
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(ran.Of("sink").Count == 1));
        Assert.EndsWith(
            """"condition":"Success","approximateInvokeCount":1},"requestPayload":["a"],"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":["a"]}"""",
            ran.Of("sink").Single().Payload);
    }

    [Fact]
    public async Task An_event_of_a_function_without_any_concurrency_is_not_attempted()
    {
        var ran = new Ledger();
        await using var server = await PilotlightServer.StartAsync(ran.Driver(), configure: Quick);
        await EnvironmentLifecycleTests.CreateAsync(server, "off");
        await EnvironmentLifecycleTests.CreateAsync(server, "sink");
        await ConfigureAsync(server, "off", "{\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"" + SinkArn + "\"}}}");
        using var put = await server.Client.LambdaAsync(HttpMethod.Put, "/2017-10-31/functions/off/concurrency", """{"ReservedConcurrentExecutions":0}""");
        using var accepted = await EventAsync(server, "off", "{}");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(ran.Of("sink").Count == 1));
        Assert.Empty(ran.Of("off"));
        Assert.EndsWith("\"condition\":\"ZeroReservedConcurrency\",\"approximateInvokeCount\":0},\"requestPayload\":{}}", ran.Of("sink").Single().Payload);
    }

    [Fact]
    public async Task Every_event_of_a_flood_runs_once_and_another_function_does_not_wait_for_it()
    {
        const int Flood = 3000;
        var ran = new Ledger();
        var gate = new TaskCompletionSource();
        await using var server = await PilotlightServer.StartAsync(
            ran.Driver(gate: ("flood", gate.Task)), configure: static options => options.Invocations.MaxConcurrentEvents = 8);
        await EnvironmentLifecycleTests.CreateAsync(server, "flood");
        await EnvironmentLifecycleTests.CreateAsync(server, "other");
        await Parallel.ForAsync(0, Flood, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, _) =>
        {
            using var accepted = await EventAsync(server, "flood", $"{n}");
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        });
        using (await EventAsync(server, "other", "{}"))
            await EnvironmentLifecycleTests.Until(() => Task.FromResult(ran.Of("other").Count == 1));
        Assert.Empty(ran.Of("flood"));
        Assert.Equal(Flood, (await EventsAsync(server, "flood")).GetProperty("waiting").GetInt32());
        gate.SetResult();
        await UntilEventsAsync(server, "flood", report => report.GetProperty("waiting").GetInt32() == 0);
        Assert.Equal(Enumerable.Range(0, Flood), ran.Of("flood").Select(run => int.Parse(run.Payload)).Order());
    }

    [Fact]
    public async Task A_throttled_function_delays_its_events_and_loses_none()
    {
        const int Events = 40;
        var ran = new Ledger();
        await using var server = await PilotlightServer.StartAsync(ran.Driver(), configure: Quick);
        await EnvironmentLifecycleTests.CreateAsync(server, "narrow");
        using var put = await server.Client.LambdaAsync(HttpMethod.Put, "/2017-10-31/functions/narrow/concurrency", """{"ReservedConcurrentExecutions":1}""");
        for (var n = 0; n < Events; n++)
            (await EventAsync(server, "narrow", $"{n}")).Dispose();
        await UntilEventsAsync(server, "narrow", report => report.GetProperty("waiting").GetInt32() == 0);
        Assert.Equal(Enumerable.Range(0, Events), ran.Of("narrow").Select(run => int.Parse(run.Payload)).Order());
    }

    [Fact]
    public async Task Accepted_events_run_after_a_restart_with_the_attempts_they_had()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-events-{Guid.NewGuid():n}");
        try
        {
            var ran = new Ledger();
            await using (var before = await PilotlightServer.StartAsync(
                ran.Driver(failing: "bad"), configure: static options => options.Invocations.RetryBaseDelay = TimeSpan.FromSeconds(2), dataFolder: folder))
            {
                await EnvironmentLifecycleTests.CreateAsync(before, "bad");
                (await EventAsync(before, "bad", "7")).Dispose();
                await UntilEventsAsync(before, "bad", report => report.GetProperty("retried").GetArrayLength() == 1);
            }

            await using var after = await PilotlightServer.StartAsync(ran.Driver(failing: "bad"), configure: Quick, dataFolder: folder);
            await UntilEventsAsync(after, "bad", report => report.GetProperty("failed").GetArrayLength() == 1);
            Assert.Equal(3, ran.Of("bad").Count);
            Assert.Single(ran.Of("bad").Select(run => run.RequestId).Distinct());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Events_wait_while_no_sandbox_can_be_made_and_that_costs_no_attempt()
    {
        var ran = new Ledger();
        var broken = new BrokenDriver(ran.Driver(), 3);
        await using var server = await PilotlightServer.StartAsync(broken, configure: options =>
        {
            Quick(options);
            options.Stems.Enabled = false;
        });
        await EnvironmentLifecycleTests.CreateAsync(server, "f");
        (await EventAsync(server, "f", "1")).Dispose();
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(ran.Of("f").Count == 1));
        Assert.Equal(4, broken.Attempts);
        Assert.Equal(0, (await EventsAsync(server, "f")).GetProperty("failed").GetArrayLength());
    }

    [Fact]
    public async Task A_deleted_function_takes_its_events_with_it()
    {
        var ran = new Ledger();
        await using var server = await PilotlightServer.StartAsync(ran.Driver(failing: "bad"), configure: static options => options.Invocations.RetryBaseDelay = TimeSpan.FromHours(1));
        await EnvironmentLifecycleTests.CreateAsync(server, "bad");
        (await EventAsync(server, "bad", "1")).Dispose();
        await UntilEventsAsync(server, "bad", report => report.GetProperty("retried").GetArrayLength() == 1);
        using var deleted = await server.Client.LambdaAsync(HttpMethod.Delete, "/2015-03-31/functions/bad");
        await EnvironmentLifecycleTests.CreateAsync(server, "bad");
        await UntilEventsAsync(server, "bad", report => report.GetProperty("retried").GetArrayLength() == 0 && report.GetProperty("waiting").GetInt32() == 0);
    }

    [Fact]
    public async Task A_service_invokes_a_function_exactly_while_its_policy_lets_it()
    {
        var ran = new Ledger();
        await using var server = await PilotlightServer.StartAsync(ran.Driver(), configure: Quick);
        await EnvironmentLifecycleTests.CreateAsync(server, "pushed");
        var dispatcher = server.Platform.Services.GetRequiredService<TargetDispatcher>();
        var delivery = new Delivery
        {
            TargetArn = "arn:aws:lambda:us-east-1:000000000000:function:pushed",
            Payload = "{\"from\":\"s3\"}"u8.ToArray(),
            Sender = new Sender.Service("s3.amazonaws.com", "arn:aws:s3:::photos", "000000000000"),
        };
        Assert.Equal(DeliveryEnd.Refused, (await dispatcher.SendAsync(delivery, CancellationToken.None)).End);
        using var permitted = await server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions/pushed/policy",
            """{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::photos"}""");
        Assert.True((await dispatcher.SendAsync(delivery, CancellationToken.None)).IsDelivered);
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(ran.Of("pushed").Count == 1));
        Assert.Equal(DeliveryEnd.Rejected, (await dispatcher.SendAsync(delivery with { Payload = "{"u8.ToArray() }, CancellationToken.None)).End);
        Assert.Equal(
            DeliveryEnd.Refused,
            (await dispatcher.SendAsync(delivery with { Sender = new Sender.Service("s3.amazonaws.com", "arn:aws:s3:::other", "000000000000") }, CancellationToken.None)).End);
    }

    static Task<HttpResponseMessage> EventAsync(PilotlightServer server, string function, string payload) => server.Client.LambdaAsync(
        HttpMethod.Post, $"/2015-03-31/functions/{function}/invocations", payload, ("X-Amz-Invocation-Type", "Event"));

    static async Task ConfigureAsync(PilotlightServer server, string function, string json)
    {
        using var put = await server.Client.LambdaAsync(HttpMethod.Put, $"/2019-09-25/functions/{function}/event-invoke-config", json);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
    }

    static async Task<JsonElement> EventsAsync(PilotlightServer server, string function)
    {
        using var answer = await server.Client.SendAsync("pilotlight", HttpMethod.Get, $"/_pilotlight/events/{function}");
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    static Task UntilEventsAsync(PilotlightServer server, string function, Func<JsonElement, bool> isSo) =>
        EnvironmentLifecycleTests.Until(async () => isSo(await EventsAsync(server, function)));

    /// <summary>Makes no sandbox the first few times.</summary>
    sealed class BrokenDriver(ISandboxDriver driver, int failures) : ISandboxDriver
    {
        public int Attempts;

        public string Name => driver.Name;

        public IReadOnlyList<string> Limitations => [];

        public bool CanAssign => false;

        public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellation) => Interlocked.Increment(ref Attempts) <= failures
            ? throw new SandboxException("no room")
            : driver.CreateAsync(spec, cancellation);

        public ValueTask DisposeAsync() => driver.DisposeAsync();
    }

    /// <summary>Who ran with what.</summary>
    sealed class Ledger
    {
        readonly ConcurrentQueue<(string Function, string RequestId, string Payload)> _runs = [];

        public List<(string Function, string RequestId, string Payload)> Of(string function) => [.. _runs.Where(run => run.Function == function)];

        public FakeSandboxDriver Driver(string? failing = null, (string Function, Task Opened)? gate = null) => new(async process =>
        {
            var function = process.Spec.Environment["AWS_LAMBDA_FUNCTION_NAME"];
            while (true)
            {
                using var next = await process.NextAsync();
                var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
                var payload = await next.Content.ReadAsStringAsync(process.Killed);
                if (gate is var (gated, opened) && gated == function)
                    await opened;
                _runs.Enqueue((function, id, payload));
                using var answered = function == failing
                    ? await process.FailAsync(id, """{"errorMessage":"no","errorType":"Bad"}""")
                    : await process.RespondAsync(id, payload);
            }
        });
    }
}
