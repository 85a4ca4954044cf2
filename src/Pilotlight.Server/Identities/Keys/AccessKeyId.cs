using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pilotlight.Identities;

/// <summary>
/// An access key id as AWS builds it: <c>AKIA</c> (long-term) or <c>ASIA</c> (session), then 80 bits in base 32 of which 40 are the
/// account. That is how <c>GetAccessKeyInfo</c> answers without a table.
/// </summary>
public static class AccessKeyId
{
    const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const int PrefixLength = 4;
    const int Length = 20;
    const int AccountShift = 7;
    const long AccountMask = (1L << 40) - 1;

    public static string NewLongTerm(string accountId) => New("AKIA", accountId);

    public static string NewSession(string accountId) => New("ASIA", accountId);

    /// <summary>The account that the id names, or null when it is not an id of this form.</summary>
    public static string? TryReadAccount(ReadOnlySpan<char> id)
    {
        if (id.Length != Length || !(id.StartsWith("AKIA") || id.StartsWith("ASIA")))
            return null;
        var high = 0L;
        foreach (var letter in id.Slice(PrefixLength, 10))
        {
            if (Alphabet.IndexOf(letter) is not (>= 0 and var value))
                return null;
            high = high << 5 | (uint)value;
        }

        if (id[(PrefixLength + 10)..].ContainsAnyExcept(Alphabet))
            return null;
        // 50 bits were read; the account lies in the first 48.
        var account = high >> 2 >> AccountShift & AccountMask;
        return account <= 999_999_999_999 ? account.ToString("D12") : null;
    }

    static string New(string prefix, string accountId)
    {
        Span<byte> bits = stackalloc byte[10];
        RandomNumberGenerator.Fill(bits);
        Span<byte> wide = stackalloc byte[8];
        bits[..6].CopyTo(wide[2..]);
        var high = BinaryPrimitives.ReadInt64BigEndian(wide);
        high = high & ~(AccountMask << AccountShift) | long.Parse(accountId) << AccountShift;
        BinaryPrimitives.WriteInt64BigEndian(wide, high);
        wide[2..].CopyTo(bits);
        return prefix + Base32(bits);
    }

    /// <summary>Upper-case letters and digits as AWS's unique ids use them; <paramref name="bytes"/> is a multiple of five long.</summary>
    internal static string Base32(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[bytes.Length / 5 * 8];
        for (var (from, to) = (0, 0); from < bytes.Length; from += 5)
        {
            var group = (ulong)bytes[from] << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes[(from + 1)..]);
            for (var shift = 35; shift >= 0; shift -= 5)
                text[to++] = Alphabet[(int)(group >> shift & 31)];
        }

        return new string(text);
    }
}
