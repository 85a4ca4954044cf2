using System.Globalization;
using System.Numerics;

namespace Pilotlight.Streams;

/// <summary>
/// A sequence number in the form of AWS's (version 2), a decimal of 56 digits. In hexadecimal: 2, second of the shard's making (9), last
/// digit of the shard's index (1), position in the shard (16), 00, second of the record's arrival (9), index of the shard (8), 2.
/// </summary>
/// <param name="Position">Grows with every record of the shard; 0 is before the first.</param>
readonly record struct SequenceNumber(long ShardCreatedSeconds, int Shard, long Position, long ArrivedSeconds)
{
    const int HexDigits = 47;

    public static SequenceNumber FirstOf(Shard shard) => new(shard.CreatedSeconds, shard.Index, 0, shard.CreatedSeconds);

    public static SequenceNumber LastOf(Shard shard) =>
        new(shard.CreatedSeconds, shard.Index, long.MaxValue, (shard.Closed ?? DateTimeOffset.UnixEpoch).ToUnixTimeSeconds());

    public static SequenceNumber Of(Shard shard, long position) =>
        new(shard.CreatedSeconds, shard.Index, position, position / RecordLog.MicrosecondsPerSecond);

    /// <summary>Null for what nobody handed out.</summary>
    public static SequenceNumber? TryParse(string text)
    {
        if (text.Length is 0 or > 60 || !BigInteger.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        var hex = number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        if (hex.Length != HexDigits || hex[0] != '2' || hex[^1] != '2')
            return null;
        var sequence = new SequenceNumber(
            Hex(hex.AsSpan(1, 9)), (int)Hex(hex.AsSpan(38, 8)), Hex(hex.AsSpan(11, 16)), Hex(hex.AsSpan(29, 9)));
        return sequence is { Shard: >= 0, Position: >= 0 } ? sequence : null;

        static long Hex(ReadOnlySpan<char> digits) => (long)ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    public override string ToString()
    {
        // A leading zero, so that the first digit is no sign.
        var hex = string.Create(
            CultureInfo.InvariantCulture, $"02{ShardCreatedSeconds:x9}{Shard & 15:x1}{Position:x16}00{ArrivedSeconds:x9}{Shard:x8}2");
        return BigInteger.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }
}
