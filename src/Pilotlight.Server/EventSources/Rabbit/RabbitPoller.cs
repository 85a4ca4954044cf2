using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Pilotlight.EventSources;

/// <summary>
/// One consumer of one queue, one batch at a time, as AWS has it. What went well is acknowledged; what failed goes back to the queue, and
/// comes again as redelivered until it succeeds or expires.
/// </summary>
sealed class RabbitPoller(MappingRun run, SourcesOptions options) : IPoller
{
    static readonly TimeSpan s_defaultWindow = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    readonly string _queue = run.Mapping.Source.Queues![0];
    readonly int _batchSize = run.Settings.BatchSize ?? EventSourceKind.Mq.DefaultBatchSize;
    readonly TimeSpan _window = run.Settings.MaximumBatchingWindowInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_defaultWindow;

    /// <summary>As many as the broker sends ahead, so a write never waits.</summary>
    readonly Channel<RabbitMessage> _delivered = Channel.CreateUnbounded<RabbitMessage>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await using var connection = await RabbitSource.ConnectionOf(run.Mapping, options).CreateConnectionAsync(stopping);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: stopping);
            await channel.BasicQosAsync(0, (ushort)Math.Min(2 * _batchSize, ushort.MaxValue), global: false, stopping);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, message) =>
            {
                // The client takes its buffer and its properties back when this returns.
                _delivered.Writer.TryWrite(new RabbitMessage(
                    message.DeliveryTag, message.Redelivered, new BasicProperties(message.BasicProperties), message.Body.ToArray()));
                return Task.CompletedTask;
            };
            consumer.UnregisteredAsync += (_, _) => EndedAsync("The queue is gone");
            channel.ChannelShutdownAsync += (_, reason) => EndedAsync(reason.ReplyText);
            connection.ConnectionShutdownAsync += (_, reason) => EndedAsync(reason.ReplyText);
            await channel.BasicConsumeAsync(_queue, autoAck: false, consumer, stopping);
            await PollAsync(channel, stopping);
        }
        catch (Exception failure) when (Explain(failure) is { } unavailable)
        {
            throw unavailable;
        }
    }

    Task EndedAsync(string reason)
    {
        _delivered.Writer.TryComplete(new SourceUnavailableException($"The broker ended the connection: {reason}"));
        return Task.CompletedTask;
    }

    async Task PollAsync(IChannel channel, CancellationToken stopping)
    {
        var pause = s_shortestPause;
        while (true)
        {
            await run.ReadyAsync(stopping);
            var batch = await GatherAsync(channel, stopping);
            if (await RunAsync(batch, stopping) is false)
            {
                await channel.BasicNackAsync(batch[^1].Tag, multiple: true, requeue: true, CancellationToken.None);
                await Task.Delay(pause, run.Time, stopping);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
                continue;
            }

            await channel.BasicAckAsync(batch[^1].Tag, multiple: true, CancellationToken.None);
            pause = s_shortestPause;
        }
    }

    /// <summary>The window begins with the first message. Those that no filter lets through are acknowledged unseen.</summary>
    async Task<List<RabbitMessage>> GatherAsync(IChannel channel, CancellationToken stopping)
    {
        var batch = new List<RabbitMessage> { await NextAsync(channel, stopping) };
        using var window = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var timer = run.Time.CreateTimer(static window => ((CancellationTokenSource)window!).Cancel(), window, _window, Timeout.InfiniteTimeSpan);
        var bytes = SizeOf(batch[0]);
        try
        {
            while (batch.Count < _batchSize)
            {
                if (!_delivered.Reader.TryPeek(out var next))
                {
                    if (!await _delivered.Reader.WaitToReadAsync(window.Token))
                        break;
                    continue;
                }

                if ((bytes += SizeOf(next)) > BatchPayload.MaxBytes)
                    break;
                _delivered.Reader.TryRead(out _);
                if (Passes(next))
                    batch.Add(next);
                else
                    await channel.BasicAckAsync(next.Tag, multiple: false, CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The window has passed.
        }

        return batch;

        static long SizeOf(RabbitMessage message) => (message.Body.Length + 2) / 3 * 4 + 4096;
    }

    async Task<RabbitMessage> NextAsync(IChannel channel, CancellationToken stopping)
    {
        while (true)
        {
            var message = await _delivered.Reader.ReadAsync(stopping);
            if (Passes(message))
                return message;
            await channel.BasicAckAsync(message.Tag, multiple: false, CancellationToken.None);
        }
    }

    bool Passes(RabbitMessage message)
    {
        if (run.Filter.IsEmpty || run.Filter.Matches(message, RabbitRecord.WriteMetadata, message.Body))
            return true;
        run.Counts.CountFiltered(1);
        return false;
    }

    async Task<bool> RunAsync(List<RabbitMessage> batch, CancellationToken stopping)
    {
        var payload = new BatchPayload();
        var finished = Task.CompletedTask;
        try
        {
            payload.Json.WriteStartObject();
            payload.Json.WriteString("eventSource"u8, "aws:rmq"u8);
            payload.Json.WriteString("eventSourceArn"u8, run.SourceArn);
            payload.Json.WriteStartObject("rmqMessagesByQueue"u8);
            payload.Json.WriteStartArray($"{_queue}::{RabbitSource.VirtualHostOf(run.Mapping)}");
            foreach (var message in batch)
                RabbitRecord.Write(payload.Json, message);
            payload.Json.WriteEndArray();
            payload.Json.WriteEndObject();
            payload.Json.WriteEndObject();
            var result = await run.InvokeWhenPossibleAsync(payload.Written, null, stopping);
            finished = result.Finished;
            return result.End == BatchEnd.Succeeded;
        }
        finally
        {
            payload.DisposeAfter(finished);
        }
    }

    SourceUnavailableException? Explain(Exception failure) => failure switch
    {
        BrokerUnreachableException { InnerException: AuthenticationFailureException } => new SourceUnavailableException("The broker refused the credentials", failure),
        BrokerUnreachableException => new SourceUnavailableException("The broker could not be reached", failure),
        OperationInterruptedException { ShutdownReason.ReplyCode: 404 } => new SourceUnavailableException($"The queue {_queue} does not exist", failure),
        OperationInterruptedException interrupted => new SourceUnavailableException($"The broker ended the connection: {interrupted.ShutdownReason?.ReplyText}", failure),
        ChannelClosedException { InnerException: SourceUnavailableException inner } => inner,
        AlreadyClosedException or RabbitMQClientException => new SourceUnavailableException("The broker ended the connection", failure),
        _ => null,
    };
}
