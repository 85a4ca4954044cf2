using System.Buffers.Binary;
using System.Text;

namespace Pilotlight.Tests.Invocations;

sealed record EventStreamMessage(IReadOnlyDictionary<string, string> Headers, byte[] Payload)
{
    public string EventType => Headers[":event-type"];

    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>Takes event-stream frames apart and checks both checksums, bit by bit: written apart from the encoder it tests.</summary>
sealed class EventStreamReader(Stream stream)
{
    /// <summary>The next message; null at the end.</summary>
    public async Task<EventStreamMessage?> ReadAsync(CancellationToken cancellation)
    {
        var prelude = new byte[12];
        var read = await stream.ReadAtLeastAsync(prelude, 12, throwOnEndOfStream: false, cancellation);
        if (read == 0)
            return null;
        Assert.Equal(12, read);
        var total = BinaryPrimitives.ReadInt32BigEndian(prelude);
        var headersLength = BinaryPrimitives.ReadInt32BigEndian(prelude.AsSpan(4));
        Assert.Equal(Checksum(prelude.AsSpan(0, 8)), BinaryPrimitives.ReadUInt32BigEndian(prelude.AsSpan(8)));
        var rest = new byte[total - 12];
        await stream.ReadExactlyAsync(rest, cancellation);
        Assert.Equal(Checksum([.. prelude, .. rest[..^4]]), BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(rest.Length - 4)));
        var headers = new Dictionary<string, string>();
        for (var at = 0; at < headersLength;)
        {
            var name = Encoding.ASCII.GetString(rest, at + 1, rest[at]);
            at += 1 + rest[at];
            Assert.Equal(7, rest[at]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(at + 1));
            headers[name] = Encoding.ASCII.GetString(rest, at + 3, length);
            at += 3 + length;
        }

        return new EventStreamMessage(headers, rest[headersLength..^4]);
    }

    /// <summary>Everything to the end: the payload of all chunks, and what InvokeComplete said (null when it never came).</summary>
    public async Task<(string Payload, string? Complete)> ReadAllAsync(CancellationToken cancellation)
    {
        using var payload = new MemoryStream();
        string? complete = null;
        while (await ReadAsync(cancellation) is { } message)
        {
            Assert.Null(complete);
            if (message.EventType == "InvokeComplete")
                complete = message.Text;
            else
                payload.Write(message.Payload);
        }

        return (Encoding.UTF8.GetString(payload.ToArray()), complete);
    }

    static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
