using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Queues;

/// <summary>What a FIFO queue was sent in the last five minutes. Guarded by the queue's lock.</summary>
sealed class Deduplication
{
    public const long WindowMilliseconds = 5 * 60 * 1000;

    readonly Dictionary<UInt128, Original> _known = [];
    readonly Queue<(UInt128 Key, long Sent)> _order = new();

    /// <summary>The message that a duplicate repeats.</summary>
    public sealed class Original(long sequence, Guid messageId, long sent)
    {
        public long Sequence => sequence;

        public Guid MessageId => messageId;

        /// <summary>Unix milliseconds.</summary>
        public long Sent => sent;

        /// <summary>While it is being written: a duplicate is acknowledged no sooner than its original.</summary>
        public PendingSend? Send;
    }

    public static byte[] HashOf(string id, string? group) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(group is null ? id : $"{id}\0{group}"))[..16];

    public static string IdOfContent(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    public Original? Find(byte[] hash, long now)
    {
        while (_order.TryPeek(out var oldest) && oldest.Sent <= now - WindowMilliseconds)
        {
            _order.Dequeue();
            if (_known.TryGetValue(oldest.Key, out var gone) && gone.Sent == oldest.Sent)
                _known.Remove(oldest.Key);
        }

        return _known.GetValueOrDefault(KeyOf(hash));
    }

    public void Add(byte[] hash, Original original)
    {
        var key = KeyOf(hash);
        _known[key] = original;
        _order.Enqueue((key, original.Sent));
    }

    public void Remove(byte[] hash) => _known.Remove(KeyOf(hash));

    static UInt128 KeyOf(byte[] hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);
}
