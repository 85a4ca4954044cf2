using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Pilotlight.EventSources;

/// <summary>Queues of an SQS elsewhere: AWS's, or anything that speaks its protocol.</summary>
sealed class RemoteQueues(SqsSourceOptions options, TimeProvider time) : IQueueSource, IDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<string, AmazonSQSClient> _clients = new(StringComparer.Ordinal);

    public async ValueTask<IPolledQueue?> OpenAsync(string arn, CancellationToken cancellation)
    {
        var parts = arn.Split(':');
        var client = ClientOf(options.Region.Length > 0 ? options.Region : parts[3]);
        try
        {
            var found = await client.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = parts[5], QueueOwnerAWSAccountId = parts[4] }, cancellation);
            return new RemoteQueue(client, found.QueueUrl, time);
        }
        catch (QueueDoesNotExistException)
        {
            return null;
        }
        catch (Exception failure) when (RemoteQueue.Explain(failure) is { } unavailable)
        {
            throw unavailable;
        }
    }

    AmazonSQSClient ClientOf(string region)
    {
        lock (_gate)
        {
            if (_clients.TryGetValue(region, out var known))
                return known;
            var config = new AmazonSQSConfig { ServiceURL = options.Endpoint, AuthenticationRegion = region, MaxErrorRetry = 2 };
            var client = options.AccessKeyId.Length > 0
                ? new AmazonSQSClient(new BasicAWSCredentials(options.AccessKeyId, options.SecretAccessKey), config)
                : new AmazonSQSClient(config);
            _clients.Add(region, client);
            return client;
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }
}

sealed class RemoteQueue(AmazonSQSClient client, string url, TimeProvider time) : IPolledQueue
{
    /// <summary>SQS's, for receives and for batches of deletions.</summary>
    const int Most = 10;

    /// <summary>How old the queue's visibility timeout may be.</summary>
    static readonly TimeSpan s_trust = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    TimeSpan _visibility;
    long _readAt;

    public int MaxReceive => Most;

    public async ValueTask<TimeSpan> VisibilityTimeoutAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_readAt != 0 && time.GetElapsedTime(_readAt) < s_trust)
                return _visibility;
        }

        var answer = await AskAsync(() => client.GetQueueAttributesAsync(url, ["VisibilityTimeout"], cancellation));
        var visibility = TimeSpan.FromSeconds(answer.VisibilityTimeout);
        lock (_gate)
            (_visibility, _readAt) = (visibility, time.GetTimestamp());
        return visibility;
    }

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan? visibility, CancellationToken cancellation)
    {
        var answer = await AskAsync(() => client.ReceiveMessageAsync(new ReceiveMessageRequest
        {
            QueueUrl = url,
            MaxNumberOfMessages = max,
            WaitTimeSeconds = (int)Math.Ceiling(wait.TotalSeconds),
            VisibilityTimeout = visibility is { } asked ? (int)Math.Ceiling(asked.TotalSeconds) : null,
            MessageSystemAttributeNames = ["All"],
            MessageAttributeNames = ["All"],
        }, cancellation));
        return answer.Messages is { Count: > 0 } messages ? [.. messages.Select(Of)] : [];
    }

    public async Task DeleteAsync(IReadOnlyList<string> receiptHandles, CancellationToken cancellation)
    {
        foreach (var handles in receiptHandles.Chunk(Most))
        {
            var answer = await AskAsync(() => client.DeleteMessageBatchAsync(
                url, [.. handles.Select(static (handle, at) => new DeleteMessageBatchRequestEntry($"{at}", handle))], cancellation));
            if (answer.Failed is { Count: > 0 } failed)
                throw new SourceUnavailableException($"SQS did not delete {failed.Count} messages: {failed[0].Code}");
        }
    }

    /// <summary>What the user can do something about: the service's own words; null for what is a bug or a stop.</summary>
    public static SourceUnavailableException? Explain(Exception failure) => failure switch
    {
        QueueDoesNotExistException => new SourceUnavailableException("The queue does not exist", failure),
        AmazonServiceException { ErrorCode: { Length: > 0 } } service => new SourceUnavailableException($"SQS Error Code: {service.ErrorCode}. SQS Error Message: {service.Message}", failure),
        AmazonClientException or HttpRequestException or TimeoutException => new SourceUnavailableException($"SQS could not be reached: {failure.Message}", failure),
        _ => null,
    };

    static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception failure) when (Explain(failure) is { } unavailable)
        {
            throw unavailable;
        }
    }

    static QueueMessage Of(Message message) => new(message.MessageId, message.ReceiptHandle, message.Body ?? "", message.MD5OfBody)
    {
        SystemAttributes = [.. message.Attributes ?? []],
        Attributes = [.. (message.MessageAttributes ?? []).Select(static attribute => new QueueMessageAttribute(
            attribute.Key, attribute.Value.DataType, attribute.Value.BinaryValue is null ? attribute.Value.StringValue ?? "" : null,
            attribute.Value.BinaryValue?.ToArray()))],
        Md5OfAttributes = message.MessageAttributes is { Count: > 0 } ? message.MD5OfMessageAttributes : null,
    };
}
