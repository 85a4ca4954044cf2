using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pilotlight.EventSources;
using Pilotlight.Tests.Streams;
using Pilotlight.Tests.Targets;

namespace Pilotlight.Tests.EventSources;

/// <summary>Streams elsewhere: Kinesis of another platform, and a server that speaks the API of DynamoDB Streams as AWS documents it.</summary>
public sealed class RemoteStreamTests
{
    const string Table = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000";

    static Task<string> Nothing(JsonNode payload) => Task.FromResult("null");

    [Fact]
    public async Task Kinesis_elsewhere_is_polled_with_signed_requests_over_a_split()
    {
        await using var elsewhere = await StreamMappingServer.StartAsync(Nothing);
        await elsewhere.Streams.CreateAsync("far");
        await using var server = await StreamMappingServer.StartAsync(
            Nothing, configure: options => options.Sources.Kinesis = new StreamSourceOptions
            {
                Endpoint = elsewhere.Server.Endpoint.ToString(),
                AccessKeyId = "test",
                SecretAccessKey = "test",
            });
        var refused = await server.SendAsync(
            HttpMethod.Post, "", $$"""{"FunctionName":"mapped","EventSourceArn":"{{StreamsClient.Arn("none")}}","StartingPosition":"LATEST"}""");
        Assert.Equal($"Stream not found: {StreamsClient.Arn("none")}", (string)refused["message"]!);
        var number = await elsewhere.Streams.PutAsync("far", "a");
        await elsewhere.Streams.CallAsync("SplitShard", $$"""{"StreamName":"far","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"{{UInt128.MaxValue / 2}}"}""");
        await elsewhere.Streams.ActiveAsync("far");
        await elsewhere.Streams.PutAsync("far", "b", hash: "0");
        await server.MapAsync("far");
        await server.UntilAsync(() => server.Events.Count == 2);
        Assert.Equal([["a"], ["b"]], server.Batches);
        Assert.Equal(number, (string)server.Events.First()["Records"]![0]!["kinesis"]!["sequenceNumber"]!);
    }

    [Fact]
    public async Task Changes_of_a_table_come_as_AWS_sends_them()
    {
        await using var table = await TableStreams.StartAsync();
        table.Put(0, "INSERT", """{"Id":{"N":"101"}}""", """{"Id":{"N":"101"},"B":{"B":"AAEC"}}""", 1_790_000_000);
        table.Put(0, "REMOVE", """{"Id":{"N":"102"}}""", null, 1_790_000_000, """{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}""");
        await using var server = await StreamMappingServer.StartAsync(Nothing, configure: table.Configure);
        var id = await server.MapArnAsync(Table);
        await server.UntilAsync(() => !server.Events.IsEmpty);
        Assert.Equal(
            """
            {"Records":[{"eventID":"0000000000000000000000000000000a","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1790000000,"Keys":{"Id":{"N":"101"}},"NewImage":{"Id":{"N":"101"},"B":{"B":"AAEC"}},"SequenceNumber":"100000000000000000001","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000"},{"eventID":"0000000000000000000000000000000a","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1790000000,"Keys":{"Id":{"N":"102"}},"SequenceNumber":"100000000000000000002","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000"}]}
            """,
            server.Events.First().ToJsonString());
        await server.UntilAsync(id, static mapping => (string?)mapping["LastProcessingResult"] == "OK");
        Assert.All(table.Authorizations, static header => Assert.Matches("^AWS4-HMAC-SHA256 Credential=key/[0-9]{8}/us-east-1/dynamodb/aws4_request, ", header));
    }

    [Fact]
    public async Task Changes_that_are_given_up_are_told_to_the_destination()
    {
        await using var table = await TableStreams.StartAsync();
        table.Put(0, "INSERT", """{"Id":{"N":"101"}}""", null, 1_790_000_000);
        await using var server = await StreamMappingServer.StartAsync(static _ => throw new FunctionFailedException(), configure: table.Configure);
        await server.CreateQueueAsync("failures");
        await server.MapArnAsync(Table, ",\"MaximumRetryAttempts\":0,\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:sqs:us-east-1:000000000000:failures\"}}");
        EventShape.Same($$$"""
            {"requestContext":{"requestId":"<uuid>","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:mapped","condition":"RetryAttemptsExhausted","approximateInvokeCount":1},
            "responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"version":"1.0","timestamp":"<time.mmm>",
            "DDBStreamBatchInfo":{"shardId":"<text>","startSequenceNumber":"100000000000000000001","endSequenceNumber":"100000000000000000001","approximateArrivalOfFirstRecord":"<time>","approximateArrivalOfLastRecord":"<time>","batchSize":1,"streamArn":"{{{Table}}}"} }
            """, (await server.ReceiveAsync("failures")).ToJsonString());
    }

    [Fact]
    public async Task A_closed_shard_is_drained_before_its_child_and_stale_iterators_and_throttles_are_got_over()
    {
        await using var table = await TableStreams.StartAsync();
        table.Put(0, "INSERT", """{"Id":{"N":"1"}}""", null, 1_790_000_000);
        table.Put(1, "MODIFY", """{"Id":{"N":"1"}}""", null, 1_790_000_001);
        table.Close(0);
        table.RefuseNext("ProvisionedThroughputExceededException");
        table.RefuseNext("ExpiredIteratorException");
        await using var server = await StreamMappingServer.StartAsync(Nothing, configure: table.Configure);
        await server.MapArnAsync(Table, ",\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"{\\\"eventName\\\":[\\\"INSERT\\\",\\\"MODIFY\\\"]}\"}]}");
        await server.UntilAsync(() => server.Events.Count == 2);
        Assert.Equal(["INSERT", "MODIFY"], server.Events.Select(static payload => (string)payload["Records"]![0]!["eventName"]!));
    }

    [Fact]
    public async Task LATEST_leaves_out_what_is_older_than_the_mapping()
    {
        await using var table = await TableStreams.StartAsync();
        table.Put(0, "INSERT", """{"Id":{"N":"1"}}""", null, 1_600_000_000);
        table.Put(0, "MODIFY", """{"Id":{"N":"1"}}""", null, DateTimeOffset.UtcNow.AddSeconds(30).ToUnixTimeSeconds());
        await using var server = await StreamMappingServer.StartAsync(Nothing, configure: table.Configure);
        await server.MapArnAsync(Table, position: "LATEST");
        await server.UntilAsync(() => !server.Events.IsEmpty);
        Assert.Equal("MODIFY", (string)server.Events.Single()["Records"]!.AsArray().Single()!["eventName"]!);
    }

    [Fact]
    public async Task Nonsense_is_told_as_the_last_result()
    {
        await using var table = await TableStreams.StartAsync();
        await using var server = await StreamMappingServer.StartAsync(Nothing, configure: table.Configure);
        table.AnswersNonsense = true;
        var refused = await server.SendAsync(HttpMethod.Post, "", $$"""{"FunctionName":"mapped","EventSourceArn":"{{Table}}","StartingPosition":"LATEST"}""");
        Assert.Contains("something else than a JSON object", (string)refused["message"]!);
        table.AnswersNonsense = false;
        var id = await server.MapArnAsync(Table);
        await server.UntilAsync(id, static mapping => (string?)mapping["State"] == "Enabled");
        table.AnswersNonsense = true;
        await server.UntilAsync(id, static mapping => ((string)mapping["LastProcessingResult"]!).Contains("something else than a JSON object"));
    }
}

/// <summary>DynamoDB Streams, as far as a reader sees it: two shards at most, the second the child of the first.</summary>
sealed class TableStreams : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly Lock _gate = new();
    readonly List<JsonObject>[] _shards = [[], []];
    readonly Queue<string> _refusals = [];
    bool _isFirstClosed;
    int _sequence;

    TableStreams(WebApplication app) => _app = app;

    public List<string> Authorizations { get; } = [];

    public bool AnswersNonsense { get; set; }

    public static async Task<TableStreams> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var table = new TableStreams(builder.Build());
        table._app.MapPost("/", (Delegate)table.AnswerAsync);
        await table._app.StartAsync();
        return table;
    }

    public void Configure(PlatformOptions options) =>
        options.Sources.DynamoDb = new StreamSourceOptions { Endpoint = _app.Urls.First(), AccessKeyId = "key", SecretAccessKey = "secret" };

    public void Put(int shard, string name, string keys, string? image, long seconds, string? identity = null)
    {
        var change = new JsonObject { ["ApproximateCreationDateTime"] = JsonNode.Parse(string.Create(CultureInfo.InvariantCulture, $"{seconds}.0")), ["Keys"] = JsonNode.Parse(keys) };
        if (image is not null)
            change["NewImage"] = JsonNode.Parse(image);
        change["SequenceNumber"] = string.Create(CultureInfo.InvariantCulture, $"1000000000000000000{++_sequence:d2}");
        change["SizeBytes"] = 26;
        change["StreamViewType"] = "NEW_AND_OLD_IMAGES";
        var record = new JsonObject
        {
            ["eventID"] = "0000000000000000000000000000000a",
            ["eventName"] = name,
            ["eventVersion"] = "1.1",
            ["eventSource"] = "aws:dynamodb",
            ["awsRegion"] = "us-east-1",
            ["dynamodb"] = change,
        };
        if (identity is not null)
            record["userIdentity"] = JsonNode.Parse(identity);
        lock (_gate)
            _shards[shard].Add(record);
    }

    public void Close(int shard) => _isFirstClosed = shard == 0;

    /// <summary>The next GetRecords is refused.</summary>
    public void RefuseNext(string code) => _refusals.Enqueue(code);

    async Task<IResult> AnswerAsync(HttpContext http)
    {
        var body = await JsonNode.ParseAsync(http.Request.Body);
        var operation = http.Request.Headers["X-Amz-Target"].ToString();
        lock (_gate)
        {
            Authorizations.Add(http.Request.Headers.Authorization.ToString());
            if (AnswersNonsense)
                return Results.Text("<html>");
            return operation switch
            {
                "DynamoDBStreams_20120810.DescribeStream" => Results.Text(new JsonObject
                {
                    ["StreamDescription"] = new JsonObject
                    {
                        ["StreamArn"] = (string)body!["StreamArn"]!,
                        ["StreamStatus"] = "ENABLED",
                        ["Shards"] = _isFirstClosed
                            ? new JsonArray(new JsonObject { ["ShardId"] = "shardId-1", ["ParentShardId"] = "shardId-0" }, new JsonObject { ["ShardId"] = "shardId-0" })
                            : new JsonArray(new JsonObject { ["ShardId"] = "shardId-0" }),
                    },
                }.ToJsonString()),
                "DynamoDBStreams_20120810.GetShardIterator" => Results.Text(new JsonObject { ["ShardIterator"] = Iterator(body!) }.ToJsonString()),
                "DynamoDBStreams_20120810.GetRecords" when _refusals.TryDequeue(out var code) => Results.Text(
                    $$"""{"__type":"com.amazonaws.dynamodb.streams#{{code}}","message":"no"}""", statusCode: 400),
                "DynamoDBStreams_20120810.GetRecords" => Results.Text(Records((string)body!["ShardIterator"]!).ToJsonString()),
                _ => Results.Text("""{"__type":"UnknownOperationException"}""", statusCode: 400),
            };
        }
    }

    string Iterator(JsonNode body)
    {
        var shard = ((string)body["ShardId"]!)[^1] - '0';
        var after = (string?)body["SequenceNumber"];
        var at = after is null ? 0 : _shards[shard].FindIndex(record => (string)record["dynamodb"]!["SequenceNumber"]! == after) + 1;
        return $"{shard}|{at}";
    }

    JsonObject Records(string iterator)
    {
        var (shard, at) = (iterator[0] - '0', int.Parse(iterator[2..], CultureInfo.InvariantCulture));
        var records = _shards[shard][at..];
        var answer = new JsonObject { ["Records"] = new JsonArray([.. records.Select(static record => record.DeepClone())]) };
        if (records.Count > 0 || shard == 1 || !_isFirstClosed)
            answer["NextShardIterator"] = $"{shard}|{at + records.Count}";
        return answer;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
