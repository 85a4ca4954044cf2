using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

/// <param name="Body">As it was sent.</param>
sealed record QueueMessage(string MessageId, string ReceiptHandle, string Body);

/// <summary>Takes messages out of a queue through the SQS API.</summary>
sealed class QueuesClient(PlatformClient platform)
{
    /// <summary>The URL of a queue that is given as URL, ARN or name.</summary>
    public async Task<string> UrlOfAsync(string queue, CancellationToken cancellation)
    {
        if (queue.StartsWith("http", StringComparison.Ordinal))
            return queue;
        var request = queue.Split(':') switch
        {
            ["arn", _, "sqs", _, var account, var name] => new JsonObject { ["QueueName"] = name, ["QueueOwnerAWSAccountId"] = account },
            _ => new JsonObject { ["QueueName"] = queue },
        };
        return LambdaClient.Text(await SendAsync("GetQueueUrl", request, cancellation), "QueueUrl") ?? queue;
    }

    /// <summary>At most ten messages, hidden from others for a minute; none when the queue is empty.</summary>
    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string url, CancellationToken cancellation)
    {
        var answer = await SendAsync(
            "ReceiveMessage",
            new JsonObject { ["QueueUrl"] = url, ["MaxNumberOfMessages"] = 10, ["VisibilityTimeout"] = 60, ["WaitTimeSeconds"] = 1 }, cancellation);
        return answer.TryGetProperty("Messages", out var messages) && messages.ValueKind == JsonValueKind.Array
            ? [.. messages.EnumerateArray().Select(static message => new QueueMessage(
                LambdaClient.Text(message, "MessageId") ?? "", LambdaClient.Text(message, "ReceiptHandle") ?? "", LambdaClient.Text(message, "Body") ?? ""))]
            : [];
    }

    public Task DeleteAsync(string url, QueueMessage message, CancellationToken cancellation) =>
        SendAsync("DeleteMessage", new JsonObject { ["QueueUrl"] = url, ["ReceiptHandle"] = message.ReceiptHandle }, cancellation);

    async Task<JsonElement> SendAsync(string operation, JsonObject request, CancellationToken cancellation) =>
        (await platform.SendAsync(
            "sqs", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(request.ToJsonString()), cancellation,
            [("X-Amz-Target", $"AmazonSQS.{operation}"), ("Content-Type", "application/x-amz-json-1.0")])).Json();
}
