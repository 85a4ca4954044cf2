using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Queues;

/// <summary>A message to send; valid, as the operations make it.</summary>
public sealed record NewMessage(string Body)
{
    public IReadOnlyList<MessageAttribute> Attributes { get; init; } = [];

    /// <summary>Null for the queue's own.</summary>
    public TimeSpan? Delay { get; init; }

    public string? GroupId { get; init; }

    public string? DeduplicationId { get; init; }

    public string? TraceHeader { get; init; }

    /// <summary>The unique id of who sends (<c>AIDA…</c>, <c>AROA…:session</c>).</summary>
    public string SenderId { get; init; } = "";
}

/// <param name="SequenceNumber">20 digits, of FIFO queues; else null.</param>
public sealed record SentMessage(string MessageId, string Md5OfBody, string? SequenceNumber);

/// <summary>What a queue keeps of a message: immutable.</summary>
sealed record StoredMessage(Guid Id, string Body, IReadOnlyList<MessageAttribute> Attributes, long SentMilliseconds)
{
    public string SenderId { get; init; } = "";
    public string? GroupId { get; init; }
    public string? DeduplicationId { get; init; }
    public string? TraceHeader { get; init; }

    /// <summary>The queue it was moved from.</summary>
    public string? SourceArn { get; init; }

    /// <summary>About what it takes in memory.</summary>
    public int Weight => 200 + 2 * Body.Length;

    public static string Md5Of(string body)
    {
        var most = Encoding.UTF8.GetMaxByteCount(body.Length);
        if (most <= 1024)
        {
            Span<byte> few = stackalloc byte[1024];
            return Hex(few[..Encoding.UTF8.GetBytes(body, few)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            return Hex(rented.AsSpan(0, Encoding.UTF8.GetBytes(body, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        static string Hex(ReadOnlySpan<byte> bytes)
        {
            Span<byte> hash = stackalloc byte[16];
            MD5.HashData(bytes, hash);
            return Convert.ToHexStringLower(hash);
        }
    }
}

/// <summary>A message that was handed out.</summary>
public sealed class ReceivedMessage
{
    readonly StoredMessage _stored;
    readonly int _receiveCount;
    readonly long _firstReceived;
    readonly string? _sequenceNumber;

    internal ReceivedMessage(StoredMessage stored, string receiptHandle, int receiveCount, long firstReceived, string? sequenceNumber)
    {
        (_stored, ReceiptHandle, _receiveCount, _firstReceived, _sequenceNumber) = (stored, receiptHandle, receiveCount, firstReceived, sequenceNumber);
        MessageId = stored.Id.ToString();
    }

    public string MessageId { get; }

    public string ReceiptHandle { get; }

    public string Body => _stored.Body;

    public string Md5OfBody => field ??= StoredMessage.Md5Of(_stored.Body);

    /// <summary>In hexadecimal over all of them; null when there are none.</summary>
    public string? Md5OfMessageAttributes => field ??= _stored.Attributes.Count == 0 ? null : MessageAttribute.Md5Of(_stored.Attributes);

    public IReadOnlyList<MessageAttribute> MessageAttributes => _stored.Attributes;

    public string? GroupId => _stored.GroupId;

    public int ReceiveCount => _receiveCount;

    public string? TraceHeader => _stored.TraceHeader;

    /// <summary>Every system attribute that the message has: <c>SenderId</c>, <c>SentTimestamp</c>, <c>ApproximateReceiveCount</c>, …</summary>
    public IEnumerable<KeyValuePair<string, string>> SystemAttributes()
    {
        yield return KeyValuePair.Create("ApproximateReceiveCount", Text(_receiveCount));
        if (_stored.TraceHeader is { } trace)
            yield return KeyValuePair.Create("AWSTraceHeader", trace);
        yield return KeyValuePair.Create("SentTimestamp", Text(_stored.SentMilliseconds));
        if (_sequenceNumber is not null)
            yield return KeyValuePair.Create("SequenceNumber", _sequenceNumber);
        if (_stored.GroupId is { } group)
            yield return KeyValuePair.Create("MessageGroupId", group);
        yield return KeyValuePair.Create("SenderId", _stored.SenderId);
        if (_stored.DeduplicationId is { } deduplication)
            yield return KeyValuePair.Create("MessageDeduplicationId", deduplication);
        yield return KeyValuePair.Create("ApproximateFirstReceiveTimestamp", Text(_firstReceived));
        if (_stored.SourceArn is { } source)
            yield return KeyValuePair.Create("DeadLetterQueueSourceArn", source);
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
