using System.Formats.Cbor;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Streams;

/// <summary>Kinesis in CBOR, as the AWS SDKs for Java speak it.</summary>
public sealed class CborTests
{
    const string Cbor = "application/x-amz-cbor-1.1";

    [Fact]
    public async Task Records_go_in_and_come_out_as_bytes_and_times_as_milliseconds_under_a_tag()
    {
        await using var server = await StartAsync();
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        byte[] data = [0, 255, 10, 200];

        var put = await CallAsync(server, "PutRecord", Map(("StreamName", "s"), ("PartitionKey", "kéy"), ("Data", data)));
        var iterator = await CallAsync(server, "GetShardIterator", Map(("StreamName", "s"), ("ShardId", "shardId-000000000000"), ("ShardIteratorType", "TRIM_HORIZON")));
        var page = await CallAsync(server, "GetRecords", Map(("ShardIterator", iterator["ShardIterator"])));

        var record = Assert.IsType<Dictionary<string, object?>>(Assert.Single(Assert.IsType<List<object?>>(page["Records"])));
        Assert.Equal(["SequenceNumber", "ApproximateArrivalTimestamp", "Data", "PartitionKey"], record.Keys);
        Assert.Equal(put["SequenceNumber"], record["SequenceNumber"]);
        Assert.Equal(data, record["Data"]);
        Assert.Equal("kéy", record["PartitionKey"]);
        var arrived = Assert.IsType<Tagged>(record["ApproximateArrivalTimestamp"]);
        Assert.Equal(CborTag.UnixTimeSeconds, arrived.Tag);
        Assert.InRange(Assert.IsType<long>(arrived.Value), before - 1000, before + 120_000);
        Assert.IsType<long>(page["MillisBehindLatest"]);
    }

    [Fact]
    public async Task A_moment_to_start_at_is_milliseconds()
    {
        await using var server = await StartAsync();
        await CallAsync(server, "PutRecord", Map(("StreamName", "s"), ("PartitionKey", "k"), ("Data", "a"u8.ToArray())));

        Assert.Single(await ReadFromAsync(server, DateTimeOffset.UtcNow.AddMinutes(-5)));
        await EnvironmentLifecycleTests.Until(async () => (await ReadFromAsync(server, DateTimeOffset.UtcNow)).Count == 0);
    }

    static async Task<List<object?>> ReadFromAsync(PilotlightServer server, DateTimeOffset moment)
    {
        var iterator = await CallAsync(server, "GetShardIterator", Map(
            ("StreamName", "s"), ("ShardId", "shardId-000000000000"), ("ShardIteratorType", "AT_TIMESTAMP"),
            ("Timestamp", new Tagged(CborTag.UnixTimeSeconds, moment.ToUnixTimeMilliseconds()))));
        return (List<object?>)(await CallAsync(server, "GetRecords", Map(("ShardIterator", iterator["ShardIterator"]))))["Records"]!;
    }

    [Fact]
    public async Task Many_records_in_maps_and_lists_without_a_length_are_taken()
    {
        await using var server = await StartAsync();
        // Jackson, in the SDK, does not know how many members come.
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(null);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("s");
        writer.WriteTextString("Records");
        writer.WriteStartArray(null);
        for (var n = 0; n < 3; n++)
        {
            writer.WriteStartMap(null);
            writer.WriteTextString("Data");
            writer.WriteByteString([(byte)n]);
            writer.WriteTextString("PartitionKey");
            writer.WriteTextString($"{n}");
            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        var answer = await CallAsync(server, "PutRecords", writer.Encode());
        Assert.Equal(0L, answer["FailedRecordCount"]);
        Assert.Equal(3, Assert.IsType<List<object?>>(answer["Records"]).Count);
        Assert.Equal(["\0", "\u0001", "\u0002"], await new StreamsClient(server.Client).ReadAsync("s"));
    }

    [Fact]
    public async Task A_stream_is_described_with_its_times()
    {
        await using var server = await StartAsync();
        var json = await new StreamsClient(server.Client).CallAsync("DescribeStreamSummary", """{"StreamName":"s"}""");
        var cbor = (Dictionary<string, object?>)(await CallAsync(server, "DescribeStreamSummary", Map(("StreamName", "s"))))["StreamDescriptionSummary"]!;

        Assert.Equal(json["StreamDescriptionSummary"]!.AsObject().Select(static member => member.Key), cbor.Keys);
        Assert.Equal(
            new Tagged(CborTag.UnixTimeSeconds, (long)Math.Round((double)json["StreamDescriptionSummary"]!["StreamCreationTimestamp"]! * 1000)),
            cbor["StreamCreationTimestamp"]);
        Assert.Equal(1L, cbor["OpenShardCount"]);
    }

    [Fact]
    public async Task Refusals_are_told_in_CBOR()
    {
        await using var server = await StartAsync();
        var (status, type, body) = await SendAsync(server, "DescribeStreamSummary", Map(("StreamName", "none")));
        Assert.Equal((400, Cbor), (status, type));
        var error = Assert.IsType<Dictionary<string, object?>>(Read(new CborReader(body)));
        Assert.Equal("ResourceNotFoundException", error["__type"]);
        Assert.Equal("Stream none under account 000000000000 not found.", error["message"]);

        // Against the model, too: the blob counts as bytes.
        (status, _, body) = await SendAsync(server, "PutRecord", Map(("StreamName", "s"), ("Data", new byte[1])));
        Assert.Equal(400, status);
        Assert.Contains("partitionKey", (string)((Dictionary<string, object?>)Read(new CborReader(body))!)["message"]!, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("80")]
    [InlineData("ff")]
    [InlineData("a1")]
    [InlineData("bf6153")]
    [InlineData("a16a53747265616d4e616d65")]
    [InlineData("a16a53747265616d4e616d657b7fffffffffffffff")]
    [InlineData("a16a53747265616d4e616d655b7fffffffffffffff")]
    [InlineData("bb7fffffffffffffff")]
    [InlineData("a101614e")]
    [InlineData("a16a53747265616d4e616d65616101")]
    [InlineData("a16a53747265616d4e616d6562c328")]
    [InlineData("a16a53747265616d4e616d65f97c00")]
    [InlineData("a16a53747265616d4e616d65c13b8000000000000000")]
    [InlineData("a16a53747265616d4e616d65f7")]
    public async Task Bad_bytes_are_refused(string hex)
    {
        await using var server = await StartAsync();
        var (status, _, _) = await SendAsync(server, "DescribeStreamSummary", Convert.FromHexString(hex));
        Assert.Equal(400, status);
        await CallAsync(server, "DescribeStreamSummary", Map(("StreamName", "s")));
    }

    [Fact]
    public void Nothing_but_refusals_comes_of_random_bytes_and_of_depth_without_end()
    {
        var random = new Random(7);
        var good = Map(("StreamName", "s"), ("Data", new byte[16]), ("Timestamp", new Tagged(CborTag.UnixTimeSeconds, 1L)));
        for (var n = 0; n < 20_000; n++)
        {
            var bytes = n % 2 == 0 ? new byte[random.Next(40)] : [.. good];
            if (n % 2 == 0)
                random.NextBytes(bytes);
            else
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                using var json = JsonDocument.Parse(AwsCbor.ToJson(bytes));
            }
            catch (AwsException refused)
            {
                Assert.Equal("SerializationException", refused.Error.Code);
            }
        }

        foreach (var begin in (byte[])[0x81, 0x9f, 0xc1, 0xd8])
            Assert.Throws<AwsException>(() => AwsCbor.ToJson(Enumerable.Repeat(begin, 1_000_000).ToArray()));
    }

    static async Task<PilotlightServer> StartAsync()
    {
        var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(static process => process.ServeAsync((_, payload) => payload)),
            configure: static options => options.Streams.TransitionTime = TimeSpan.Zero);
        await new StreamsClient(server.Client).CreateAsync("s");
        return server;
    }

    static async Task<Dictionary<string, object?>> CallAsync(PilotlightServer server, string operation, byte[] body)
    {
        var (status, type, answer) = await SendAsync(server, operation, body);
        Assert.True(status == 200, Encoding.UTF8.GetString(answer));
        Assert.Equal(Cbor, type);
        return Assert.IsType<Dictionary<string, object?>>(Read(new CborReader(answer)));
    }

    static async Task<(int Status, string? Type, byte[] Body)> SendAsync(PilotlightServer server, string operation, byte[] body)
    {
        using var answer = await server.Client.SendAsync(
            "kinesis", HttpMethod.Post, "/", body, ("X-Amz-Target", $"Kinesis_20131202.{operation}"), ("Content-Type", Cbor));
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsByteArrayAsync());
    }

    static byte[] Map(params (string Name, object? Value)[] members)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(members.Length);
        foreach (var (name, value) in members)
        {
            writer.WriteTextString(name);
            switch (value)
            {
                case string text:
                    writer.WriteTextString(text);
                    break;
                case byte[] bytes:
                    writer.WriteByteString(bytes);
                    break;
                case Tagged tagged:
                    writer.WriteTag(tagged.Tag);
                    writer.WriteInt64((long)tagged.Value!);
                    break;
                default:
                    throw new ArgumentException(name);
            }
        }

        writer.WriteEndMap();
        return writer.Encode();
    }

    static object? Read(CborReader reader)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                var map = new Dictionary<string, object?>();
                reader.ReadStartMap();
                while (reader.PeekState() != CborReaderState.EndMap)
                    map.Add(reader.ReadTextString(), Read(reader));
                reader.ReadEndMap();
                return map;
            case CborReaderState.StartArray:
                var list = new List<object?>();
                reader.ReadStartArray();
                while (reader.PeekState() != CborReaderState.EndArray)
                    list.Add(Read(reader));
                reader.ReadEndArray();
                return list;
            case CborReaderState.Tag:
                return new Tagged(reader.ReadTag(), Read(reader));
            case CborReaderState.TextString:
                return reader.ReadTextString();
            case CborReaderState.ByteString:
                return reader.ReadByteString();
            case CborReaderState.Boolean:
                return reader.ReadBoolean();
            case CborReaderState.DoublePrecisionFloat:
                return reader.ReadDouble();
            case CborReaderState.Null:
                reader.ReadNull();
                return null;
            default:
                return reader.ReadInt64();
        }
    }

    sealed record Tagged(CborTag Tag, object? Value);
}
