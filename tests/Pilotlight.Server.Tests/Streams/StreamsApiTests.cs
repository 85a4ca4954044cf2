using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Authorization;
using Pilotlight.Sandbox;
using Pilotlight.Storage;
using Pilotlight.Streams;
using Pilotlight.Targets;
using Pilotlight.Testing;
using Pilotlight.Tests.Invocations;

namespace Pilotlight.Tests.Streams;

public sealed class StreamsApiTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static Task<PilotlightServer> StartAsync(string? dataFolder = null, Action<StreamsOptions>? configure = null) => PilotlightServer.StartAsync(
        new FakeSandboxDriver(static context => context.ServeAsync(static (_, _) => "null")),
        configure: options =>
        {
            options.Streams.TransitionTime = TimeSpan.Zero;
            configure?.Invoke(options.Streams);
        },
        dataFolder: dataFolder);

    [Fact]
    public async Task What_was_put_is_read_after_a_restart_and_numbers_go_on_growing()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-streams").FullName;
        string before;
        await using (var server = await StartAsync(folder))
        {
            var streams = new StreamsClient(server.Client);
            await streams.CreateAsync("kept");
            before = await streams.PutAsync("kept", "one");
        }

        await using (var server = await StartAsync(folder))
        {
            var streams = new StreamsClient(server.Client);
            var after = await streams.PutAsync("kept", "two");
            Assert.True(string.CompareOrdinal(before, after) < 0, $"{before} {after}");
            Assert.Equal(["one", "two"], await streams.ReadAsync("kept"));
            Assert.Equal(["two"], await streams.ReadAsync("kept", type: "AFTER_SEQUENCE_NUMBER", more: $",\"StartingSequenceNumber\":\"{before}\""));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_change_that_a_crash_interrupted_is_finished_by_the_next_start()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-streams").FullName;
        await using (var server = await StartAsync(folder, static options => options.TransitionTime = TimeSpan.FromHours(1)))
            await new StreamsClient(server.Client).CallAsync("CreateStream", """{"StreamName":"slow","ShardCount":1}""");
        await using (var server = await StartAsync(folder))
            await new StreamsClient(server.Client).ActiveAsync("slow");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task No_record_is_lost_or_out_of_order_while_shards_are_split_and_merged()
    {
        await using var server = await StartAsync(configure: static options => options.EnforceThroughput = false);
        var streams = new StreamsClient(server.Client);
        await streams.CreateAsync("busy", 2);
        using var stop = new CancellationTokenSource();
        var producers = Enumerable.Range(0, 4).Select(async producer =>
        {
            var count = 0;
            while (!stop.IsCancellationRequested)
                await streams.PutAsync("busy", $"{producer}-{count++}", $"key-{producer}");
            return count;
        }).ToArray();
        foreach (var target in new[] { 3, 5, 4, 2 })
        {
            await streams.CallAsync("UpdateShardCount", $$"""{"StreamName":"busy","TargetShardCount":{{target}},"ScalingType":"UNIFORM_SCALING"}""");
            await streams.ActiveAsync("busy");
        }

        await stop.CancelAsync();
        var counts = await Task.WhenAll(producers);
        var read = new List<string>[] { [], [], [], [] };
        // Children have higher indexes than their parents.
        var shards = (await streams.CallAsync("ListShards", """{"StreamName":"busy"}"""))["Shards"]!.AsArray();
        foreach (var shard in shards)
        {
            var iterator = (string?)await streams.IteratorAsync("busy", int.Parse(((string)shard!["ShardId"]!)[8..]));
            while (iterator is not null)
            {
                var page = await streams.CallAsync("GetRecords", $$"""{"ShardIterator":"{{iterator}}"}""");
                foreach (var record in page["Records"]!.AsArray())
                {
                    var text = Encoding.UTF8.GetString(Convert.FromBase64String((string)record!["Data"]!));
                    read[int.Parse(text.Split('-')[0])].Add(text);
                }

                iterator = page["Records"]!.AsArray().Count == 0 && shard["SequenceNumberRange"]!["EndingSequenceNumber"] is null
                    ? null : (string?)page["NextShardIterator"];
            }
        }

        Assert.Equal(2, shards.Count(static shard => shard!["SequenceNumberRange"]!["EndingSequenceNumber"] is null));
        for (var producer = 0; producer < counts.Length; producer++)
            Assert.Equal(Enumerable.Range(0, counts[producer]).Select(index => $"{producer}-{index}"), read[producer]);
    }

    [Fact]
    public async Task Records_are_refused_one_by_one_beyond_a_shards_throughput()
    {
        await using var server = await StartAsync();
        var streams = new StreamsClient(server.Client);
        await streams.CreateAsync("narrow");
        var data = Convert.ToBase64String(new byte[600_000]);
        var answer = await streams.CallAsync("PutRecords", $$"""
            {"StreamName":"narrow","Records":[{"Data":"{{data}}","PartitionKey":"a"},{"Data":"{{data}}","PartitionKey":"a"},{"Data":"","PartitionKey":"a"}]}
            """);
        Assert.Equal(1, (int)answer["FailedRecordCount"]!);
        Assert.Equal("ProvisionedThroughputExceededException", (string)answer["Records"]![1]!["ErrorCode"]!);
        Assert.NotNull(answer["Records"]![2]!["SequenceNumber"]);
    }

    [Theory]
    [InlineData("GetRecords", """{"ShardIterator":"AAAAAAAAAAE="}""", "InvalidArgumentException")]
    [InlineData("GetRecords", """{"ShardIterator":"%%%"}""", "InvalidArgumentException")]
    [InlineData("PutRecord", """{"StreamName":"refusals","Data":"not base64!","PartitionKey":"a"}""", "SerializationException")]
    [InlineData("PutRecord", """{"StreamName":"refusals","Data":"","PartitionKey":""}""", "ValidationException")]
    [InlineData("PutRecord", """{"Data":"","PartitionKey":"a"}""", "InvalidArgumentException")]
    [InlineData("PutRecord", """{"StreamName":"refusals","Data":"","PartitionKey":"a","SequenceNumberForOrdering":"7"}""", "InvalidArgumentException")]
    [InlineData("PutRecords", """{"StreamName":"refusals","Records":[null]}""", "ValidationException")]
    [InlineData("GetShardIterator", """{"StreamName":"refusals","ShardId":"x","ShardIteratorType":"LATEST"}""", "ResourceNotFoundException")]
    [InlineData("GetShardIterator", """{"StreamName":"refusals","ShardId":"shardId-000000000000","ShardIteratorType":"AT_TIMESTAMP","Timestamp":1e300}""", "SerializationException")]
    [InlineData("ListShards", """{"NextToken":"bm90aGluZw"}""", "InvalidArgumentException")]
    [InlineData("ListShards", """{}""", "InvalidArgumentException")]
    [InlineData("SplitShard", """{"StreamName":"refusals","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"999999999999999999999999999999999999999"}""", "InvalidArgumentException")]
    [InlineData("MergeShards", """{"StreamName":"refusals","ShardToMerge":"shardId-000000000000","AdjacentShardToMerge":"shardId-000000000000"}""", "InvalidArgumentException")]
    [InlineData("CreateStream", """{"StreamName":"refusals","ShardCount":1}""", "ResourceInUseException")]
    [InlineData("CreateStream", """{"StreamName":"large","ShardCount":501}""", "LimitExceededException")]
    [InlineData("CreateStream", """{"StreamName":"a b","ShardCount":0}""", "ValidationException")]
    [InlineData("SubscribeToShard", """{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/refusals/consumer/c:1","ShardId":"shardId-000000000000","StartingPosition":{"Type":"LATEST"}}""", "ResourceNotFoundException")]
    [InlineData("PutResourcePolicy", """{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/refusals","Policy":"{"}""", "InvalidArgumentException")]
    public async Task Refuses_what_makes_no_sense(string operation, string json, string code)
    {
        await using var server = await StartAsync();
        var streams = new StreamsClient(server.Client);
        await streams.CreateAsync("refusals");
        Assert.Equal(code, (await streams.RefusedAsync(operation, json)).Code);
    }

    [Fact]
    public async Task A_consumer_is_sent_records_and_the_children_of_a_closed_shard()
    {
        await using var server = await StartAsync();
        var streams = new StreamsClient(server.Client);
        await streams.CreateAsync("fanned");
        var consumer = (string)(await streams.CallAsync(
            "RegisterStreamConsumer", $$"""{"StreamARN":"{{StreamsClient.Arn("fanned")}}","ConsumerName":"c"}"""))["Consumer"]!["ConsumerARN"]!;
        while ((string)(await streams.CallAsync("DescribeStreamConsumer", $$"""{"ConsumerARN":"{{consumer}}"}"""))["ConsumerDescription"]!["ConsumerStatus"]! != "ACTIVE")
            await Task.Yield();
        var subscription = $$"""{"ConsumerARN":"{{consumer}}","ShardId":"shardId-000000000000","StartingPosition":{"Type":"TRIM_HORIZON"} }""";
        using var answer = await streams.SendAsync("SubscribeToShard", subscription);
        var events = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal("initial-response", (await events.ReadAsync(Cancellation))!.EventType);
        Assert.Equal("ResourceInUseException", (await streams.RefusedAsync("SubscribeToShard", subscription)).Code);
        var number = await streams.PutAsync("fanned", "hello");
        var records = await NextAsync(static e => e["Records"]!.AsArray().Count > 0);
        Assert.Equal((number, number), ((string)records["Records"]![0]!["SequenceNumber"]!, (string)records["ContinuationSequenceNumber"]!));
        await streams.CallAsync("SplitShard", $$"""{"StreamName":"fanned","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"{{UInt128.MaxValue / 2}}"}""");
        var end = await NextAsync(static e => e["ChildShards"] is not null);
        Assert.Equal(["shardId-000000000001", "shardId-000000000002"], end["ChildShards"]!.AsArray().Select(static child => (string)child!["ShardId"]!));
        Assert.Null(await events.ReadAsync(Cancellation));

        async Task<JsonNode> NextAsync(Func<JsonNode, bool> isIt)
        {
            while (true)
            {
                var json = JsonNode.Parse((await events.ReadAsync(Cancellation))!.Text)!;
                if (isIt(json))
                    return json;
            }
        }
    }

    [Fact]
    public async Task Tags_and_policies_belong_to_streams_and_to_consumers()
    {
        await using var server = await StartAsync();
        var streams = new StreamsClient(server.Client);
        await streams.CallAsync("CreateStream", """{"StreamName":"tagged","ShardCount":1,"Tags":{"a":"1"}}""");
        await streams.ActiveAsync("tagged");
        var arn = StreamsClient.Arn("tagged");
        var consumer = (string)(await streams.CallAsync(
            "RegisterStreamConsumer", $$"""{"StreamARN":"{{arn}}","ConsumerName":"c","Tags":{"b":"2"} }"""))["Consumer"]!["ConsumerARN"]!;
        Assert.Equal("""[{"Key":"a","Value":"1"}]""", (await Tags(arn)).ToJsonString());
        Assert.Equal("""[{"Key":"b","Value":"2"}]""", (await Tags(consumer)).ToJsonString());
        await streams.CallAsync("TagResource", $$"""{"ResourceARN":"{{consumer}}","Tags":{"c":"3"} }""");
        await streams.CallAsync("UntagResource", $$"""{"ResourceARN":"{{consumer}}","TagKeys":["b"]}""");
        Assert.Equal("""[{"Key":"c","Value":"3"}]""", (await Tags(consumer)).ToJsonString());
        Assert.Equal("InvalidArgumentException", (await streams.RefusedAsync("TagResource", $$"""{"ResourceARN":"{{arn}}","Tags":{"aws:x":"1"} }""")).Code);

        var policy = JsonValue.Create("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kinesis:*\",\"Resource\":\"*\"}]}").ToJsonString();
        foreach (var resource in new[] { arn, consumer })
        {
            Assert.Equal("ResourceNotFoundException", (await streams.RefusedAsync("GetResourcePolicy", $$"""{"ResourceARN":"{{resource}}"}""")).Code);
            await streams.CallAsync("PutResourcePolicy", $$"""{"ResourceARN":"{{resource}}","Policy":{{policy}} }""");
            Assert.Equal(policy, (await streams.CallAsync("GetResourcePolicy", $$"""{"ResourceARN":"{{resource}}"}"""))["Policy"]!.ToJsonString());
            await streams.CallAsync("DeleteResourcePolicy", $$"""{"ResourceARN":"{{resource}}"}""");
        }

        async Task<JsonNode> Tags(string resource) => (await streams.CallAsync("ListTagsForResource", $$"""{"ResourceARN":"{{resource}}"}"""))["Tags"]!;
    }

    [Fact]
    public async Task Takes_deliveries_of_services_that_its_policy_lets_in()
    {
        await using var server = await StartAsync();
        var streams = new StreamsClient(server.Client);
        await streams.CreateAsync("target");
        var targets = server.Platform.Services.GetRequiredService<TargetDispatcher>();
        var delivery = new Delivery
        {
            TargetArn = StreamsClient.Arn("target"),
            Payload = Encoding.UTF8.GetBytes("{\"a\":1}"),
            Sender = new Sender.Service("events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/r", "000000000000"),
        };
        Assert.Equal(DeliveryEnd.Refused, (await targets.SendAsync(delivery, Cancellation)).End);
        var policy = JsonValue.Create("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"events.amazonaws.com\"},\"Action\":\"kinesis:PutRecord\",\"Resource\":\"*\"}]}").ToJsonString();
        await streams.CallAsync("PutResourcePolicy", $$"""{"ResourceARN":"{{StreamsClient.Arn("target")}}","Policy":{{policy}} }""");
        Assert.Equal(DeliveryResult.Delivered, await targets.SendAsync(delivery, Cancellation));
        Assert.Equal(["{\"a\":1}"], await streams.ReadAsync("target"));
        Assert.False(targets.Exists(StreamsClient.Arn("none")));
    }

    [Fact]
    public async Task A_reset_leaves_no_stream()
    {
        await using var server = await StartAsync();
        var streams = new StreamsClient(server.Client);
        await streams.CreateAsync("erased");
        await streams.PutAsync("erased", "x");
        foreach (var erasable in server.Platform.Services.GetServices<IErasable>())
            await erasable.EraseAsync();
        Assert.Equal("ResourceNotFoundException", (await streams.RefusedAsync("DescribeStream", """{"StreamName":"erased"}""")).Code);
        await streams.CreateAsync("erased");
        Assert.Empty(await streams.ReadAsync("erased"));
    }
}
