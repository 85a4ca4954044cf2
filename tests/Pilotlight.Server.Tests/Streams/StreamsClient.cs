using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Streams;

/// <summary>Kinesis over signed HTTP.</summary>
public sealed class StreamsClient(SignedClient client)
{
    public static string Arn(string stream) => $"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}";

    public Task<HttpResponseMessage> SendAsync(string operation, string json) => client.SendAsync(
        "kinesis", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(json),
        ("X-Amz-Target", $"Kinesis_20131202.{operation}"), ("Content-Type", "application/x-amz-json-1.1"));

    public async Task<JsonNode> CallAsync(string operation, string json)
    {
        using var answer = await SendAsync(operation, json);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body.Length == 0 ? "{}" : body)!;
    }

    /// <summary>Code and message of the refusal.</summary>
    public async Task<(string Code, string Message)> RefusedAsync(string operation, string json)
    {
        using var answer = await SendAsync(operation, json);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.True(!answer.IsSuccessStatusCode, body.ToJsonString());
        return ((string)body["__type"]!, (string?)body["message"] ?? "");
    }

    /// <summary>An ACTIVE stream.</summary>
    public async Task CreateAsync(string stream, int shards = 1)
    {
        await CallAsync("CreateStream", $$"""{"StreamName":"{{stream}}","ShardCount":{{shards}}}""");
        await ActiveAsync(stream);
    }

    public async Task ActiveAsync(string stream)
    {
        while ((string)(await CallAsync("DescribeStreamSummary", $$"""{"StreamName":"{{stream}}"}"""))["StreamDescriptionSummary"]!["StreamStatus"]! != "ACTIVE")
            await Task.Yield();
    }

    /// <summary>Its sequence number.</summary>
    public async Task<string> PutAsync(string stream, string data, string key = "k", string? hash = null)
    {
        var explicitHash = hash is null ? "" : $",\"ExplicitHashKey\":\"{hash}\"";
        var answer = await CallAsync(
            "PutRecord",
            $$"""{"StreamName":"{{stream}}","PartitionKey":"{{key}}","Data":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(data))}}"{{explicitHash}}}""");
        return (string)answer["SequenceNumber"]!;
    }

    public async Task<string> IteratorAsync(string stream, int shard = 0, string type = "TRIM_HORIZON", string more = "") => (string)(await CallAsync(
        "GetShardIterator",
        string.Create(CultureInfo.InvariantCulture, $$"""{"StreamName":"{{stream}}","ShardId":"shardId-{{shard:d12}}","ShardIteratorType":"{{type}}"{{more}}}""")))["ShardIterator"]!;

    public async Task<string[]> ReadAsync(string stream, int shard = 0, string type = "TRIM_HORIZON", string more = "")
    {
        var page = await CallAsync("GetRecords", $$"""{"ShardIterator":"{{await IteratorAsync(stream, shard, type, more)}}"}""");
        return [.. page["Records"]!.AsArray().Select(record => Encoding.UTF8.GetString(Convert.FromBase64String((string)record!["Data"]!)))];
    }
}
