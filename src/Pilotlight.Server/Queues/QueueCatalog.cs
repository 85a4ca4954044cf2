using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Threading.Channels;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Queues;

/// <summary>
/// Every queue, found without a lock. Changes come one after the other; each is written first, and only then seen.
/// </summary>
public sealed class QueueCatalog : IErasable, IAsyncDisposable
{
    /// <summary>Contents of waiting messages that are held in memory, over all queues.</summary>
    const long ContentBytes = 48 << 20;

    readonly QueueStore _store;
    readonly MessageStore _messages;
    readonly TimeProvider _time;
    readonly QueueParts _parts;
    readonly SemaphoreSlim _turn = new(1);

    /// <summary>Rows that are no queue's any more, or were purged. What finds no room is found at the next start.</summary>
    readonly Channel<SweptRows> _swept = Channel.CreateBounded<SweptRows>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite });

    volatile ImmutableDictionary<QueueKey, Queue> _queues = ImmutableDictionary<QueueKey, Queue>.Empty;

    internal QueueCatalog(QueueStore store, MessageStore messages, TimeProvider time)
    {
        (_store, _messages, _time) = (store, messages, time);
        _parts = new QueueParts(messages, time, Find, BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(4)), new ContentBudget(ContentBytes));
    }

    /// <summary>Null when there is no such queue.</summary>
    public Queue? Find(string arn) => QueueKey.OfArn(arn) is { } key ? Find(key) : null;

    public Queue? Find(QueueKey key) => _queues.GetValueOrDefault(key);

    public IEnumerable<Queue> All() => _queues.Values;

    internal IAsyncEnumerable<SweptRows> SweptAsync(CancellationToken cancellation) => _swept.Reader.ReadAllAsync(cancellation);

    /// <summary>Reads every queue back; of its messages only how many there are. Before the first request.</summary>
    internal void Load()
    {
        var records = _store.Load();
        _queues = records.Select(Open).ToImmutableDictionary(static queue => queue.Key);
        var known = records.Select(static record => record.Number).ToHashSet();
        foreach (var number in _messages.QueuesOnDisk().Where(number => !known.Contains(number)))
            _swept.Writer.TryWrite(new SweptRows(number, null));
        foreach (var queue in _queues.Values.Where(static queue => queue.Purged > 0))
            _swept.Writer.TryWrite(new SweptRows(queue.Number, queue.Purged));
    }

    /// <summary>Makes a queue, or finds the one that is there with the same attributes.</summary>
    /// <param name="decide">Gets the queue of that name, or null; returns the settings of a new one, or null when the one that is there is meant.</param>
    /// <exception cref="AwsException">What it threw to refuse.</exception>
    internal async Task<Queue> CreateAsync(QueueKey key, Func<Queue?, QueueSettings?> decide)
    {
        await _turn.WaitAsync();
        try
        {
            var present = Find(key);
            if (decide(present) is not { } settings)
                return present!;
            var nonce = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
            var queue = Open(await _store.AddAsync(new QueueRecord(0, key, nonce, _time.GetUtcNow(), settings)));
            _queues = _queues.SetItem(key, queue);
            return queue;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Changes a queue's settings.</summary>
    /// <exception cref="AwsException">There is no such queue, or what <paramref name="decide"/> threw to refuse.</exception>
    internal async Task ChangeAsync(QueueKey key, Func<Queue, QueueSettings> decide)
    {
        await _turn.WaitAsync();
        try
        {
            var queue = Find(key) ?? throw SqsErrors.NoSuchQueue.AsException();
            var settings = decide(queue);
            await _store.SaveAsync(queue.Number, settings);
            queue.Settings = settings;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <exception cref="AwsException">There is no such queue.</exception>
    internal async Task DeleteAsync(QueueKey key)
    {
        await _turn.WaitAsync();
        try
        {
            var queue = Find(key) ?? throw SqsErrors.NoSuchQueue.AsException();
            await _store.DeleteAsync(queue.Number);
            _queues = _queues.Remove(key);
            queue.Close();
            _swept.Writer.TryWrite(new SweptRows(queue.Number, null));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <returns>Null, or why it is refused.</returns>
    internal async Task<AwsError?> PurgeAsync(Queue queue)
    {
        var refused = await queue.PurgeAsync();
        if (refused is null)
            _swept.Writer.TryWrite(new SweptRows(queue.Number, queue.Purged));
        return refused;
    }

    public async Task EraseAsync()
    {
        await _turn.WaitAsync();
        try
        {
            foreach (var queue in _queues.Values)
                queue.Close();
            _queues = ImmutableDictionary<QueueKey, Queue>.Empty;
            await _store.EraseAsync();
            await _messages.EraseAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var queue in _queues.Values)
            queue.Close();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    Queue Open(QueueRecord record)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return new Queue(record, _parts, _messages.Survey(record.Number, now, now - Deduplication.WindowMilliseconds));
    }
}

/// <param name="Through">Up to this number; null for all of a queue that is no more.</param>
readonly record struct SweptRows(long Queue, long? Through);
