using Pilotlight.Api;
using Pilotlight.Queues;

namespace Pilotlight.EventSources;

/// <summary>The queues of this platform.</summary>
sealed class OwnQueues(QueueCatalog catalog) : IQueueSource
{
    public ValueTask<IPolledQueue?> OpenAsync(string arn, CancellationToken cancellation) =>
        new(catalog.Find(arn) is { } queue ? new OwnQueue(queue) : null);
}

sealed class OwnQueue(Queue queue) : IPolledQueue
{
    /// <summary>SQS hands out ten at a time; who gathers thousands in this process need not ask so often.</summary>
    public int MaxReceive => 1000;

    public ValueTask<TimeSpan> VisibilityTimeoutAsync(CancellationToken cancellation) => new(queue.Settings.VisibilityTimeout);

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan? visibility, CancellationToken cancellation)
    {
        try
        {
            var received = await queue.ReceiveAsync(max, wait, visibility, cancellation);
            if (received.Count == 0)
                return [];
            var messages = new QueueMessage[received.Count];
            for (var at = 0; at < messages.Length; at++)
                messages[at] = Of(received[at]);
            return messages;
        }
        catch (AwsException refused)
        {
            throw new SourceUnavailableException($"SQS Error Code: {refused.Error.Code}. SQS Error Message: {refused.Error.Message}", refused);
        }
    }

    public async Task DeleteAsync(IReadOnlyList<string> receiptHandles, CancellationToken cancellation)
    {
        var refused = (await queue.DeleteAsync(receiptHandles)).FirstOrDefault(static error => error is not null);
        if (refused is not null)
            throw new SourceUnavailableException($"SQS Error Code: {refused.Code}. SQS Error Message: {refused.Message}");
    }

    static QueueMessage Of(ReceivedMessage message) => new(message.MessageId, message.ReceiptHandle, message.Body, message.Md5OfBody)
    {
        SystemAttributes = [.. message.SystemAttributes()],
        Attributes = message.MessageAttributes.Count == 0
            ? []
            : [.. message.MessageAttributes.Select(static attribute => new QueueMessageAttribute(attribute.Name, attribute.DataType, attribute.Text, attribute.Bytes))],
        Md5OfAttributes = message.Md5OfMessageAttributes,
    };
}
