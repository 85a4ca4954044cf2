using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Pilotlight.EventSources;
using Pilotlight.Tests.Environments;
using Pilotlight.Tests.Targets;

namespace Pilotlight.Tests.EventSources;

/// <summary>Against the broker that librdkafka has in it for tests: it speaks the protocol on loopback, without authentication or TLS.</summary>
public sealed class KafkaPollerTests(KafkaMock kafka) : IClassFixture<KafkaMock>
{
    static async Task<PolledServer> StartAsync()
    {
        var polled = await PolledServer.StartAsync();
        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "polled", 1);
        return polled;
    }

    async Task<string> MapAsync(PolledServer polled, string topic, string more = "", string position = "TRIM_HORIZON")
    {
        var created = await polled.SendAsync(HttpMethod.Post, "", $$$"""
            {"FunctionName":"polled","Topics":["{{{topic}}}"],"StartingPosition":"{{{position}}}","SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["{{{kafka.Servers}}}"]}},
             "SourceAccessConfigurations":[{"Type":"VPC_SUBNET","URI":"subnet:subnet-0123456789abcdef0"}]{{{more}}}}
            """);
        Assert.True(created["UUID"] is not null, created.ToJsonString());
        return (string)created["UUID"]!;
    }

    static JsonArray Records(JsonNode payload) => Assert.Single(payload["records"]!.AsObject()).Value!.AsArray();

    static string Value(JsonNode? record) => Encoding.UTF8.GetString(Convert.FromBase64String((string)record!["value"]!));

    [Fact]
    public async Task A_record_has_AWSs_shape()
    {
        await using var polled = await StartAsync();
        await kafka.Producer.ProduceAsync(new TopicPartition("shape", 0), new Message<byte[], byte[]>
        {
            Key = "k"u8.ToArray(),
            Value = "v"u8.ToArray(),
            Timestamp = new Timestamp(1545084650987, TimestampType.CreateTime),
            Headers = [new Header("h", [104, 0xff])],
        });
        var id = await MapAsync(polled, "shape");

        Assert.Equal(
            $$$"""{"eventSource":"SelfManagedKafka","bootstrapServers":"{{{kafka.Servers}}}","records":{"shape-0":[{"topic":"shape","partition":0,"offset":0,"timestamp":1545084650987,"timestampType":"CREATE_TIME","key":"aw==","value":"dg==","headers":[{"h":[104,-1]}]}]}}""",
            (await polled.NextAsync()).ToJsonString());
        await EnvironmentLifecycleTests.Until(async () => (string?)(await polled.SendAsync(HttpMethod.Get, $"/{id}"))["LastProcessingResult"] == "OK");
    }

    [Fact]
    public async Task Order_is_kept_in_a_partition_a_failed_batch_blocks_it_and_an_enabled_mapping_goes_on_where_it_was()
    {
        await using var polled = await StartAsync();
        for (var n = 0; n < 10; n++)
            await kafka.Producer.ProduceAsync(new TopicPartition("order", 0), new Message<byte[], byte[]> { Value = Encoding.UTF8.GetBytes($"{n}") });
        var failures = 0;
        polled.Answer = payload => Value(Records(payload)[0]) == "4" && ++failures <= 2 ? null : "1";
        var id = await MapAsync(polled, "order", """ ,"BatchSize":2 """);

        var first = new List<string>();
        while (first.Count < 7)
            first.Add(string.Concat(Records(await polled.NextAsync()).Select(Value)));
        Assert.Equal(["01", "23", "45", "45", "45", "67", "89"], first);

        await polled.SwitchAsync(id, enabled: false);
        await kafka.Producer.ProduceAsync(new TopicPartition("order", 0), new Message<byte[], byte[]> { Value = "x"u8.ToArray() });
        await polled.SwitchAsync(id, enabled: true);
        Assert.Equal("x", Value(Assert.Single(Records(await polled.NextAsync()))));
    }

    [Fact]
    public async Task Only_what_failed_and_what_follows_is_tried_again()
    {
        await using var polled = await StartAsync();
        for (var n = 0; n < 4; n++)
            await kafka.Producer.ProduceAsync(new TopicPartition("parts", 0), new Message<byte[], byte[]> { Value = Encoding.UTF8.GetBytes($"{n}") });
        polled.Answer = payload => Records(payload).Count == 4
            ? """{"batchItemFailures":[{"itemIdentifier":{"partition":"parts-0","offset":2}}]}"""
            : "{}";
        await MapAsync(polled, "parts", """ ,"FunctionResponseTypes":["ReportBatchItemFailures"] """);

        Assert.Equal("0123", string.Concat(Records(await polled.NextAsync()).Select(Value)));
        Assert.Equal("23", string.Concat(Records(await polled.NextAsync()).Select(Value)));
    }

    [Fact]
    public async Task What_is_given_up_is_told_to_the_destination()
    {
        await using var polled = await StartAsync();
        polled.Answer = _ => null;
        var dead = await polled.QueueAsync("kafka-dead");
        await polled.RightsAsync("arn:aws:iam::aws:policy/AdministratorAccess");
        await kafka.Producer.ProduceAsync(new TopicPartition("lost", 0), new Message<byte[], byte[]> { Value = "x"u8.ToArray() });
        await MapAsync(polled, "lost", $$$""" ,"MaximumRetryAttempts":1,"DestinationConfig":{"OnFailure":{"Destination":"{{{dead.Arn}}}"}} """);

        await EnvironmentLifecycleTests.Until(() => Task.FromResult(dead.Count().Visible == 1));
        EventShape.Same($$$"""
            {"requestContext":{"requestId":"<uuid>","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:polled","condition":"RetryAttemptsExhausted","approximateInvokeCount":2},
            "responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"version":"1.0","timestamp":"<time.mmm>",
            "KafkaBatchInfo":{"batchSize":1,"bootstrapServers":"{{{kafka.Servers}}}","payloadSize":"<int>","recordsInfo":{"lost-0":{"firstRecordOffset":"0","lastRecordOffset":"0","firstRecordTimestamp":"<time.mmm>","lastRecordTimestamp":"<time.mmm>"} } } }
            """, (await dead.ReceiveAsync(1, TimeSpan.Zero, null, CancellationToken.None))[0].Body);
    }

    [Fact]
    public async Task A_record_of_a_cluster_of_MSK_names_it()
    {
        const string Cluster = "arn:aws:kafka:us-east-1:000000000000:cluster/c/1-2";
        await using var polled = await PolledServer.StartAsync(options => options.Sources.Kafka.Endpoint = kafka.Servers);
        await EnvironmentLifecycleTests.CreateAsync(polled.Server, "polled", 1);
        await polled.RightsAsync("arn:aws:iam::aws:policy/AdministratorAccess");
        await kafka.Producer.ProduceAsync(new TopicPartition("managed", 0), new Message<byte[], byte[]> { Value = "v"u8.ToArray() });
        var created = await polled.SendAsync(HttpMethod.Post, "", $$"""{"FunctionName":"polled","Topics":["managed"],"StartingPosition":"TRIM_HORIZON","EventSourceArn":"{{Cluster}}"}""");
        Assert.True(created["UUID"] is not null, created.ToJsonString());
        EventShape.Same(
            $$$"""{"eventSource":"aws:kafka","eventSourceArn":"{{{Cluster}}}","bootstrapServers":"{{{kafka.Servers}}}","records":{"managed-0":[{"topic":"managed","partition":0,"offset":0,"timestamp":"<int>","timestampType":"CREATE_TIME","value":"dg==","headers":[]}]}}""",
            (await polled.NextAsync()).ToJsonString());
    }

    [Fact]
    public async Task A_record_that_is_too_large_for_an_event_is_told_to_the_destination_and_passed_over()
    {
        await using var polled = await StartAsync();
        var dead = await polled.QueueAsync("kafka-large");
        await polled.RightsAsync("arn:aws:iam::aws:policy/AdministratorAccess");
        await kafka.Producer.ProduceAsync(new TopicPartition("large", 0), new Message<byte[], byte[]> { Value = new byte[5_000_000] });
        await kafka.Producer.ProduceAsync(new TopicPartition("large", 0), new Message<byte[], byte[]> { Value = "small"u8.ToArray() });
        await MapAsync(polled, "large", $$$""" ,"DestinationConfig":{"OnFailure":{"Destination":"{{{dead.Arn}}}"}} """);

        Assert.Equal("small", Value(Records(await polled.NextAsync()).Single()));
        EventShape.Same($$$"""
            {"requestContext":{"requestId":"<uuid>","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:polled","condition":"MaximumPayloadSizeExceeded","approximateInvokeCount":1},
            "responseContext":null,"version":"1.0","timestamp":"<time.mmm>",
            "KafkaBatchInfo":{"batchSize":1,"bootstrapServers":"{{{kafka.Servers}}}","payloadSize":"<int>","recordsInfo":{"large-0":{"firstRecordOffset":"0","lastRecordOffset":"0","firstRecordTimestamp":"<time.mmm>","lastRecordTimestamp":"<time.mmm>"} } } }
            """, (await dead.ReceiveAsync(1, TimeSpan.Zero, null, CancellationToken.None))[0].Body);
    }

    [Fact]
    public async Task Filters_see_the_value_and_what_they_stop_is_committed()
    {
        await using var polled = await StartAsync();
        foreach (var value in new[] { """{"a":1}""", """{"a":2}""" })
            await kafka.Producer.ProduceAsync(new TopicPartition("sieve", 0), new Message<byte[], byte[]> { Value = Encoding.UTF8.GetBytes(value) });
        await MapAsync(polled, "sieve", """ ,"FilterCriteria":{"Filters":[{"Pattern":"{\"value\":{\"a\":[2]}}"}]} """);

        Assert.Equal("""{"a":2}""", Value(Assert.Single(Records(await polled.NextAsync()))));
    }

    [Fact]
    public async Task A_cluster_that_is_away_and_a_secret_that_is_unknown_are_said()
    {
        await using var polled = await StartAsync();
        var created = await polled.SendAsync(HttpMethod.Post, "", """
            {"FunctionName":"polled","Topics":["away"],"SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["127.0.0.1:1"]}},
             "SourceAccessConfigurations":[{"Type":"VPC_SUBNET","URI":"subnet:subnet-0123456789abcdef0"}]}
            """);
        await EnvironmentLifecycleTests.Until(async () =>
            ((string?)(await polled.SendAsync(HttpMethod.Get, $"/{created["UUID"]}"))["LastProcessingResult"])?.StartsWith("PROBLEM: Kafka: ", StringComparison.Ordinal) == true);
        created = await polled.SendAsync(HttpMethod.Post, "", """
            {"FunctionName":"polled","Topics":["secret"],"SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["127.0.0.1:1"]}},
             "SourceAccessConfigurations":[{"Type":"SASL_SCRAM_512_AUTH","URI":"arn:aws:secretsmanager:us-east-1:000000000000:secret:none-AbCdEf"}]}
            """);
        await EnvironmentLifecycleTests.Until(async () => ((string?)(await polled.SendAsync(HttpMethod.Get, $"/{created["UUID"]}"))["LastProcessingResult"])
            == "PROBLEM: The secret that SASL_SCRAM_512_AUTH names is not known: set Sources:Secrets");
    }
}

public sealed class KafkaMock : IDisposable
{
    public KafkaMock()
    {
        Producer = new ProducerBuilder<byte[], byte[]>(new Dictionary<string, string> { ["test.mock.num.brokers"] = "1", ["bootstrap.servers"] = "unused", ["message.max.bytes"] = "8000000" })
            .SetLogHandler(static (_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(Producer.Handle).Build();
        var broker = admin.GetMetadata(TimeSpan.FromSeconds(20)).Brokers[0];
        Servers = $"{broker.Host}:{broker.Port}";
    }

    public IProducer<byte[], byte[]> Producer { get; }

    public string Servers { get; }

    public void Dispose() => Producer.Dispose();
}
