using System.Globalization;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>
/// Where to read on: what GetShardIterator and GetRecords hand out, opaque to clients. It grants nothing, since who shows it must be allowed
/// to read the stream; so it is checked against accidents only.
/// </summary>
readonly record struct ShardIterator(StreamKey Stream, long StreamId, int Shard, long Position, DateTimeOffset Made)
{
    static readonly byte[] s_version = [0, 0, 0, 0, 0, 0, 0, 1];

    public override string ToString()
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Made.ToUnixTimeMilliseconds()}/{Stream.AccountId}/{Stream.Region}/{Stream.Name}/{StreamId}/{Shard}/{Position}");
        var bytes = Encoding.UTF8.GetBytes(text);
        return Convert.ToBase64String([.. s_version, .. BitConverter.GetBytes(Checksum(bytes)), .. bytes]);
    }

    public static ShardIterator? TryParse(string text)
    {
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length) || length < s_version.Length + 4 || !bytes.AsSpan().StartsWith(s_version))
            return null;
        var content = bytes.AsSpan(s_version.Length + 4, length - s_version.Length - 4);
        if (BitConverter.ToUInt32(bytes, s_version.Length) != Checksum(content))
            return null;
        if (Encoding.UTF8.GetString(content).Split('/') is not [var made, var account, var region, var name, var id, var shard, var position]
            || !TryNumber(made, out var milliseconds) || !TryNumber(id, out var streamId) || !TryNumber(shard, out var index)
            || !TryNumber(position, out var start) || milliseconds > 253_402_300_799_999 || index > int.MaxValue)
            return null;
        return new ShardIterator(new StreamKey(account, region, name), streamId, (int)index, start, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
    }

    static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    static uint Checksum(ReadOnlySpan<byte> bytes) => Crc32.Finish(Crc32.Append(Crc32.Start, bytes));
}
