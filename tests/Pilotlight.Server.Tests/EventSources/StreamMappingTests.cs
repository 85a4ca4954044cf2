using System.Text.Json.Nodes;
using Pilotlight.Tests.Streams;

namespace Pilotlight.Tests.EventSources;

/// <summary>Mappings on streams of this platform, from the producer to the function, on the whole server.</summary>
public sealed class StreamMappingTests
{
    static Task<string> Nothing(JsonNode payload) => Task.FromResult("null");

    static StreamFunction FailsOn(string poison) => payload =>
        StreamMappingServer.DataOf(payload).Contains(poison) ? throw new FunctionFailedException() : Task.FromResult("null");

    [Fact]
    public async Task Records_come_as_AWS_sends_them_and_the_result_is_told()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("orders");
        var number = await server.Streams.PutAsync("orders", "hello", "customer-1");
        var id = await server.MapAsync("orders");
        await server.UntilAsync(() => server.Events.Count == 1);
        var payload = server.Events.First();
        var record = payload["Records"]!.AsArray().Single()!;
        var arrived = record["kinesis"]!["approximateArrivalTimestamp"]!.ToJsonString();
        Assert.Matches(@"^[0-9]{10}\.[0-9]{3}$", arrived);
        Assert.Equal(
            $$$"""
            {"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"customer-1","sequenceNumber":"{{{number}}}","data":"aGVsbG8=","approximateArrivalTimestamp":{{{arrived}}}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000000:{{{number}}}","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::000000000000:role/r","awsRegion":"us-east-1","eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders"}]}
            """,
            payload.ToJsonString());
        await server.UntilAsync(id, static mapping => (string?)mapping["LastProcessingResult"] == "OK" && (string?)mapping["State"] == "Enabled");
    }

    [Fact]
    public async Task LATEST_begins_where_the_mapping_began()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("latest");
        await server.Streams.PutAsync("latest", "old");
        var id = await server.MapAsync("latest", position: "LATEST");
        await server.UntilAsync(id, static mapping => (string?)mapping["State"] == "Enabled");
        // The poller begins a moment after the mapping is shown as enabled.
        for (var index = 0; server.Events.IsEmpty; index++)
        {
            await server.Streams.PutAsync("latest", $"new-{index}");
            await Task.Yield();
        }

        Assert.All(server.Batches.SelectMany(static batch => batch), static data => Assert.StartsWith("new-", data));
    }

    [Fact]
    public async Task Batches_are_as_large_as_they_may_be_and_in_order()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("batches");
        for (var index = 0; index < 25; index++)
            await server.Streams.PutAsync("batches", $"{index}");
        await server.MapAsync("batches", ",\"BatchSize\":10");
        await server.UntilAsync(() => server.Batches.Sum(static batch => batch.Length) == 25);
        Assert.Equal([10, 10, 5], server.Batches.Select(static batch => batch.Length));
        Assert.Equal(Enumerable.Range(0, 25).Select(static index => $"{index}"), server.Batches.SelectMany(static batch => batch));
    }

    [Fact]
    public async Task A_window_collects_what_comes_until_the_batch_is_full()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("window");
        await server.MapAsync("window", ",\"BatchSize\":3,\"MaximumBatchingWindowInSeconds\":300");
        foreach (var data in new[] { "a", "b", "c" })
            await server.Streams.PutAsync("window", data);
        await server.UntilAsync(() => !server.Events.IsEmpty);
        Assert.Equal([["a", "b", "c"]], server.Batches);
    }

    [Fact]
    public async Task A_poison_record_is_found_by_halving_and_given_up_alone()
    {
        await using var server = await StreamMappingServer.StartAsync(FailsOn("poison"));
        await server.Streams.CreateAsync("poisoned");
        await server.CreateQueueAsync("failures");
        var numbers = new List<string>();
        foreach (var data in new[] { "a", "b", "poison", "c" })
            numbers.Add(await server.Streams.PutAsync("poisoned", data));
        var id = await server.MapAsync(
            "poisoned", ",\"BisectBatchOnFunctionError\":true,\"MaximumRetryAttempts\":1,\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:sqs:us-east-1:000000000000:failures\"}}");
        await server.UntilAsync(() => server.Batches is [.., ["c"]]);
        Assert.Equal([["a", "b", "poison", "c"], ["a", "b"], ["poison", "c"], ["poison"], ["poison"], ["c"]], server.Batches);
        await server.UntilAsync(id, static mapping => (string?)mapping["LastProcessingResult"] == "OK");
        var failure = await server.ReceiveAsync("failures");
        var (request, time, arrived) = (failure["requestContext"]!["requestId"], failure["timestamp"], failure["KinesisBatchInfo"]!["approximateArrivalOfFirstRecord"]);
        Assert.Equal(
            $$$"""
            {"requestContext":{"requestId":"{{{request}}}","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:mapped","condition":"RetryAttemptsExhausted","approximateInvokeCount":2},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"version":"1.0","timestamp":"{{{time}}}","KinesisBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"{{{numbers[2]}}}","endSequenceNumber":"{{{numbers[2]}}}","approximateArrivalOfFirstRecord":"{{{arrived}}}","approximateArrivalOfLastRecord":"{{{arrived}}}","batchSize":1,"streamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/poisoned"}}
            """,
            failure.ToJsonString());
        Assert.Matches(@"^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z$", (string)arrived!);
    }

    [Fact]
    public async Task A_batch_is_retried_until_it_goes_well_and_blocks_its_shard_meanwhile()
    {
        var attempts = 0;
        await using var server = await StreamMappingServer.StartAsync(payload =>
            StreamMappingServer.DataOf(payload).Contains("twice") && ++attempts < 3 ? throw new FunctionFailedException() : Task.FromResult("null"));
        await server.Streams.CreateAsync("retried");
        var id = await server.MapAsync("retried", ",\"BatchSize\":1");
        await server.Streams.PutAsync("retried", "twice");
        await server.Streams.PutAsync("retried", "after");
        await server.UntilAsync(() => server.Batches is [.., ["after"]]);
        Assert.Equal([["twice"], ["twice"], ["twice"], ["after"]], server.Batches);
        await server.UntilAsync(id, static mapping => (string?)mapping["LastProcessingResult"] == "OK");
    }

    [Fact]
    public async Task A_failure_is_told_as_the_last_result()
    {
        await using var server = await StreamMappingServer.StartAsync(FailsOn("bad"));
        await server.Streams.CreateAsync("told");
        var id = await server.MapAsync("told", ",\"MaximumRetryAttempts\":0");
        await server.Streams.PutAsync("told", "bad");
        await server.UntilAsync(id, static mapping => (string?)mapping["LastProcessingResult"] == "PROBLEM: Function call failed");
    }

    [Fact]
    public async Task From_the_lowest_reported_number_on_a_batch_is_retried()
    {
        var isFirst = true;
        await using var server = await StreamMappingServer.StartAsync(payload =>
        {
            if (!isFirst)
                return Task.FromResult("""{"batchItemFailures":[]}""");
            isFirst = false;
            var records = payload["Records"]!.AsArray();
            return Task.FromResult($$"""{"batchItemFailures":[{"itemIdentifier":"{{records[2]!["kinesis"]!["sequenceNumber"]}}"},{"itemIdentifier":"{{records[1]!["kinesis"]!["sequenceNumber"]}}"}]}""");
        });
        await server.Streams.CreateAsync("partial");
        foreach (var data in new[] { "a", "b", "c", "d" })
            await server.Streams.PutAsync("partial", data);
        await server.MapAsync("partial", ",\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]");
        await server.UntilAsync(() => server.Events.Count == 2);
        Assert.Equal([["a", "b", "c", "d"], ["b", "c", "d"]], server.Batches);
    }

    [Fact]
    public async Task What_a_function_only_reported_is_given_up_without_an_error()
    {
        await using var server = await StreamMappingServer.StartAsync(static payload => Task.FromResult(
            $$"""{"batchItemFailures":[{"itemIdentifier":"{{payload["Records"]![0]!["kinesis"]!["sequenceNumber"]}}"}]}"""));
        await server.Streams.CreateAsync("reported");
        await server.CreateQueueAsync("reports");
        await server.Streams.PutAsync("reported", "a");
        await server.Streams.PutAsync("reported", "b");
        await server.MapAsync(
            "reported",
            ",\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"],\"MaximumRetryAttempts\":1,\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:sqs:us-east-1:000000000000:reports\"}}");
        var failure = await server.ReceiveAsync("reports");
        Assert.Equal("""{"statusCode":200,"executedVersion":"$LATEST","functionError":null}""", failure["responseContext"]!.ToJsonString());
        Assert.Equal(2, (int)failure["KinesisBatchInfo"]!["batchSize"]!);
        Assert.Equal(2, (int)failure["requestContext"]!["approximateInvokeCount"]!);
    }

    [Fact]
    public async Task What_is_too_old_is_given_up_without_being_run()
    {
        // Signatures of the tests carry the real time, and five minutes apart they are still taken.
        var time = new AdjustableTime();
        await using var server = await StreamMappingServer.StartAsync(Nothing, time: time);
        await server.Streams.CreateAsync("aged");
        await server.CreateQueueAsync("aged");
        await server.Streams.PutAsync("aged", "old");
        await server.Streams.PutAsync("aged", "old too");
        time.Ahead = TimeSpan.FromSeconds(90);
        await server.Streams.PutAsync("aged", "young");
        await server.MapAsync(
            "aged", ",\"MaximumRecordAgeInSeconds\":60,\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:sqs:us-east-1:000000000000:aged\"}}");
        await server.UntilAsync(() => !server.Events.IsEmpty);
        Assert.Equal([["young"]], server.Batches);
        var failure = await server.ReceiveAsync("aged");
        Assert.Equal(["requestContext", "version", "timestamp", "KinesisBatchInfo"], failure.AsObject().Select(static member => member.Key));
        Assert.Equal(("RecordAgeExceeded", 1), ((string)failure["requestContext"]!["condition"]!, (int)failure["requestContext"]!["approximateInvokeCount"]!));
        Assert.Equal(2, (int)failure["KinesisBatchInfo"]!["batchSize"]!);
    }

    [Fact]
    public async Task A_state_that_is_too_large_ends_its_window_early()
    {
        await using var server = await StreamMappingServer.StartAsync(static payload => Task.FromResult((bool)payload["isFinalInvokeForWindow"]!
            ? "{}"
            : $$"""{"state":{"text":"{{new string('x', 1024 * 1024)}}"} }"""));
        await server.Streams.CreateAsync("large");
        await server.MapAsync("large", ",\"TumblingWindowInSeconds\":900");
        await server.Streams.PutAsync("large", "a");
        await server.UntilAsync(() => server.Events.Count == 2);
        var end = server.Events.Last();
        Assert.True((bool)end["isFinalInvokeForWindow"]! && (bool)end["isWindowTerminatedEarly"]!);
        Assert.Equal("{}", end["state"]!.ToJsonString());
    }

    [Fact]
    public async Task An_answer_without_a_state_is_a_failure_in_a_window()
    {
        var isFirst = true;
        await using var server = await StreamMappingServer.StartAsync(payload =>
        {
            if (!isFirst)
                return Task.FromResult("""{"state":{}}""");
            isFirst = false;
            return Task.FromResult("null");
        });
        await server.Streams.CreateAsync("stateless");
        await server.MapAsync("stateless", ",\"TumblingWindowInSeconds\":900");
        await server.Streams.PutAsync("stateless", "a");
        await server.UntilAsync(() => server.Events.Count == 2);
        Assert.Equal([["a"], ["a"]], server.Batches);
    }

    [Fact]
    public async Task Only_what_a_filter_lets_through_is_sent_and_the_rest_is_passed_over()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("filtered");
        foreach (var data in new[] { "{\\\"kind\\\":\\\"a\\\"}", "plain", "{\\\"kind\\\":\\\"b\\\"}" })
            await server.Streams.PutAsync("filtered", data.Replace("\\", ""));
        await server.MapAsync("filtered", ",\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"{\\\"data\\\":{\\\"kind\\\":[\\\"b\\\"]}}\"}]}");
        await server.UntilAsync(() => !server.Events.IsEmpty);
        Assert.Equal([["{\"kind\":\"b\"}"]], server.Batches);
    }

    [Fact]
    public async Task Keys_keep_their_order_when_a_shard_is_processed_in_parallel()
    {
        using var atOnce = new SemaphoreSlim(0);
        var most = 0;
        var running = 0;
        await using var server = await StreamMappingServer.StartAsync(async _ =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            if (now >= 2)
                atOnce.Release(2);
            await atOnce.WaitAsync(TimeSpan.FromSeconds(2));
            Interlocked.Decrement(ref running);
            return "null";
        });
        await server.Streams.CreateAsync("parallel");
        for (var index = 0; index < 60; index++)
            await server.Streams.PutAsync("parallel", $"{index % 6}-{index / 6}", $"key-{index % 6}");
        await server.MapAsync("parallel", ",\"BatchSize\":5,\"ParallelizationFactor\":4");
        await server.UntilAsync(() => server.Batches.Sum(static batch => batch.Length) == 60);
        Assert.True(most >= 2);
        foreach (var key in server.Batches.SelectMany(static batch => batch).GroupBy(static data => data.Split('-')[0]))
            Assert.Equal(Enumerable.Range(0, 10), key.Select(static data => int.Parse(data.Split('-')[1])));
    }

    [Fact]
    public async Task Children_begin_when_their_parents_are_done_with()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("split");
        for (var index = 0; index < 5; index++)
            await server.Streams.PutAsync("split", $"{index}");
        await server.Streams.CallAsync("SplitShard", $$"""{"StreamName":"split","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"{{UInt128.MaxValue / 2}}"}""");
        await server.Streams.ActiveAsync("split");
        for (var index = 5; index < 10; index++)
            await server.Streams.PutAsync("split", $"{index}");
        await server.MapAsync("split", ",\"BatchSize\":2");
        await server.UntilAsync(() => server.Batches.Sum(static batch => batch.Length) == 10);
        Assert.Equal(Enumerable.Range(0, 10).Select(static index => $"{index}"), server.Batches.SelectMany(static batch => batch));
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_it_was()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-streams").FullName;
        await using (var server = await StreamMappingServer.StartAsync(Nothing, folder))
        {
            await server.Streams.CreateAsync("resumed");
            await server.Streams.PutAsync("resumed", "before");
            await server.MapAsync("resumed");
            await server.UntilAsync(() => server.Events.Count == 1);
        }

        await using (var server = await StreamMappingServer.StartAsync(Nothing, folder))
        {
            await server.Streams.PutAsync("resumed", "after");
            await server.UntilAsync(() => !server.Events.IsEmpty);
            Assert.Equal([["after"]], server.Batches);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_tumbling_window_hands_its_state_on_and_ends_with_an_invocation_of_its_own()
    {
        await using var server = await StreamMappingServer.StartAsync(payload => Task.FromResult((bool)payload["isFinalInvokeForWindow"]!
            ? "{}"
            : $$"""{"state":{"sum":{{(payload["state"]!["sum"] is { } sum ? (int)sum : 0) + payload["Records"]!.AsArray().Count}} } }"""));
        await server.Streams.CreateAsync("tumbling");
        await server.MapAsync("tumbling", ",\"TumblingWindowInSeconds\":1,\"BatchSize\":1");
        await server.Streams.PutAsync("tumbling", "a");
        await server.UntilAsync(() => server.Events.Any(static payload => (bool)payload["isFinalInvokeForWindow"]!));
        await server.Streams.PutAsync("tumbling", "b");
        await server.UntilAsync(() => server.Events.Count(static payload => (bool)payload["isFinalInvokeForWindow"]!) == 2);
        var events = server.Events.ToArray();
        Assert.Equal([false, true, false, true], events.Select(static payload => (bool)payload["isFinalInvokeForWindow"]!));
        Assert.Equal("{}", events[0]["state"]!.ToJsonString());
        Assert.Equal("""{"sum":1}""", events[1]["state"]!.ToJsonString());
        Assert.Empty(events[1]["Records"]!.AsArray());
        Assert.Equal("{}", events[2]["state"]!.ToJsonString());
        Assert.Equal("shardId-000000000000", (string)events[0]["shardId"]!);
        Assert.False((bool)events[1]["isWindowTerminatedEarly"]!);
        var (start, end) = (DateTimeOffset.Parse((string)events[0]["window"]!["start"]!), DateTimeOffset.Parse((string)events[0]["window"]!["end"]!));
        Assert.Equal(TimeSpan.FromSeconds(1), end - start);
        Assert.Equal(events[0]["window"]!.ToJsonString(), events[1]["window"]!.ToJsonString());
    }

    [Fact]
    public async Task A_consumer_is_polled_through_its_stream()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        await server.Streams.CreateAsync("fanned");
        var consumer = (string)(await server.Streams.CallAsync(
            "RegisterStreamConsumer", $$"""{"StreamARN":"{{StreamsClient.Arn("fanned")}}","ConsumerName":"c"}"""))["Consumer"]!["ConsumerARN"]!;
        await server.Streams.PutAsync("fanned", "a");
        await server.MapArnAsync(consumer);
        await server.UntilAsync(() => !server.Events.IsEmpty);
        Assert.Equal([["a"]], server.Batches);
    }

    [Fact]
    public async Task Streams_that_are_not_there_are_refused_and_those_that_go_are_told()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        var refused = await server.SendAsync(
            HttpMethod.Post, "", $$"""{"FunctionName":"mapped","EventSourceArn":"{{StreamsClient.Arn("none")}}","StartingPosition":"LATEST"}""");
        Assert.Equal($"Stream not found: {StreamsClient.Arn("none")}", (string)refused["message"]!);
        await server.Streams.CreateAsync("gone");
        var id = await server.MapAsync("gone");
        await server.Streams.CallAsync("DeleteStream", """{"StreamName":"gone"}""");
        await server.UntilAsync(id, static mapping => (string?)mapping["LastProcessingResult"] == $"PROBLEM: Stream not found: {StreamsClient.Arn("gone")}");
    }

    [Fact]
    public async Task Without_a_DynamoDB_the_last_result_says_what_is_missing()
    {
        await using var server = await StreamMappingServer.StartAsync(Nothing);
        var id = await server.MapArnAsync("arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000");
        await server.UntilAsync(id, static mapping => ((string)mapping["LastProcessingResult"]!).Contains("Sources:DynamoDb:Endpoint"));
    }

    static void InterlockedMax(ref int target, int value)
    {
        for (var known = Volatile.Read(ref target); known < value && Interlocked.CompareExchange(ref target, value, known) != known; known = Volatile.Read(ref target))
        {
        }
    }
}

/// <summary>The real time, moved ahead.</summary>
sealed class AdjustableTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
