using Pilotlight.Queues;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.EventSources;

/// <summary>SQS elsewhere, through AWS's client: elsewhere is another server of ours.</summary>
public sealed class RemoteQueuesTests
{
    static async Task<(PilotlightServer Elsewhere, PolledServer Polled)> StartAsync()
    {
        var elsewhere = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        var polled = await PolledServer.StartAsync(options =>
        {
            options.Sources.Sqs.Endpoint = elsewhere.Endpoint.ToString();
            options.Sources.Sqs.AccessKeyId = "test";
            options.Sources.Sqs.SecretAccessKey = "test";
        });
        return (elsewhere, polled);
    }

    [Fact]
    public async Task Messages_come_from_there_and_are_deleted_there()
    {
        var (elsewhere, polled) = await StartAsync();
        await using var _ = elsewhere;
        await using var __ = polled;
        var queue = await TestQueues.CreateAsync(elsewhere, "far");
        await polled.MapAsync(queue);

        await queue.SendAsync([.. Enumerable.Range(0, 10).Select(n => new NewMessage($"{n}")
        {
            Attributes = [new MessageAttribute("k", "String", "v", default), new MessageAttribute("raw", "Binary", null, new byte[] { 1, 2 })],
        })]);
        var records = (await polled.NextAsync())["Records"]!.AsArray();

        Assert.Equal(10, records.Count);
        Assert.Equal("""{"stringValue":"v","stringListValues":[],"binaryListValues":[],"dataType":"String"}""", records[0]!["messageAttributes"]!["k"]!.ToJsonString());
        Assert.Equal("""{"binaryValue":"AQI=","stringListValues":[],"binaryListValues":[],"dataType":"Binary"}""", records[0]!["messageAttributes"]!["raw"]!.ToJsonString());
        Assert.Equal(("1", queue.Arn), ((string?)records[0]!["attributes"]!["ApproximateReceiveCount"], (string?)records[0]!["eventSourceARN"]));
        await PolledServer.EmptyAsync(queue);
    }

    [Fact]
    public async Task What_is_not_there_is_refused_and_what_goes_is_said()
    {
        var (elsewhere, polled) = await StartAsync();
        await using var _ = elsewhere;
        await using var __ = polled;
        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "polled", 1);
        var missing = await polled.SendAsync(HttpMethod.Post, "", """{"FunctionName":"polled","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:nowhere"}""");
        Assert.Contains("AWS.SimpleQueueService.NonExistentQueue", (string?)missing["message"], StringComparison.Ordinal);

        var id = await polled.MapAsync(await TestQueues.CreateAsync(elsewhere, "leaving"));
        await elsewhere.DisposeAsync();
        await EnvironmentLifecycleTests.Until(async () =>
            ((string?)(await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"])?.StartsWith("PROBLEM: SQS could not be reached", StringComparison.Ordinal) == true);
    }
}
