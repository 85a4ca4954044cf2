using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Queues;

/// <summary>The SDK for .NET, which checks the digests of what it gets.</summary>
public sealed class SdkTests : IAsyncLifetime
{
    PilotlightServer _server = null!;
    AmazonSQSClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        _client = new AmazonSQSClient(
            new BasicAWSCredentials("test", "test"), new AmazonSQSConfig { ServiceURL = _server.Endpoint.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Sends_receives_and_deletes_with_attributes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var url = (await _client.CreateQueueAsync("sdk", cancellation)).QueueUrl;
        await _client.SendMessageAsync(new SendMessageRequest(url, "hällo ✓")
        {
            MessageAttributes = new()
            {
                ["text"] = new MessageAttributeValue { DataType = "String", StringValue = "v" },
                ["bytes"] = new MessageAttributeValue { DataType = "Binary.gif", BinaryValue = new MemoryStream([0, 1, 255]) },
            },
        }, cancellation);
        var received = await _client.ReceiveMessageAsync(
            new ReceiveMessageRequest(url) { MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"], WaitTimeSeconds = 5 }, cancellation);
        var message = Assert.Single(received.Messages);
        Assert.Equal(("hällo ✓", "v", "1"), (message.Body, message.MessageAttributes["text"].StringValue, message.Attributes["ApproximateReceiveCount"]));
        Assert.Equal([0, 1, 255], message.MessageAttributes["bytes"].BinaryValue.ToArray());
        await _client.DeleteMessageAsync(url, message.ReceiptHandle, cancellation);
        await Assert.ThrowsAsync<ReceiptHandleIsInvalidException>(() => _client.DeleteMessageAsync(url, "nonsense", cancellation));
        await _client.DeleteQueueAsync(url, cancellation);
        await Assert.ThrowsAsync<QueueDoesNotExistException>(() => _client.ReceiveMessageAsync(url, cancellation));
    }

    [Fact]
    public async Task Batches_of_a_fifo_queue_keep_their_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var url = (await _client.CreateQueueAsync(
            new CreateQueueRequest("sdk.fifo") { Attributes = new() { ["FifoQueue"] = "true", ["ContentBasedDeduplication"] = "true" } }, cancellation)).QueueUrl;
        var sent = await _client.SendMessageBatchAsync(
            url, [.. Enumerable.Range(0, 10).Select(static number => new SendMessageBatchRequestEntry($"{number}", $"m{number}") { MessageGroupId = "g" })], cancellation);
        Assert.Equal(10, sent.Successful.Count);
        var received = await _client.ReceiveMessageAsync(new ReceiveMessageRequest(url) { MaxNumberOfMessages = 10 }, cancellation);
        Assert.Equal(Enumerable.Range(0, 10).Select(static number => $"m{number}"), received.Messages.Select(static message => message.Body));
        var deleted = await _client.DeleteMessageBatchAsync(
            url, [.. received.Messages.Select(static (message, index) => new DeleteMessageBatchRequestEntry($"{index}", message.ReceiptHandle))], cancellation);
        Assert.Equal(10, deleted.Successful.Count);
        var counts = await _client.GetQueueAttributesAsync(url, ["All"], cancellation);
        Assert.Equal((0, 0), (counts.ApproximateNumberOfMessages, counts.ApproximateNumberOfMessagesNotVisible));
    }
}
