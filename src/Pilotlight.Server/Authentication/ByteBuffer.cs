using System.Buffers;
using System.Text;

namespace Pilotlight.Authentication;

/// <summary>Bytes gathered on the stack, in a rented array once they outgrow it.</summary>
ref struct ByteBuffer(Span<byte> initial)
{
    const string HexDigits = "0123456789ABCDEF";

    Span<byte> _bytes = initial;
    byte[]? _rented;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _bytes[..Length];

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
            Grow(1);
        _bytes[Length++] = value;
    }

    public void Append(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    public void Append(scoped ReadOnlySpan<char> text)
    {
        // Three bytes are the most that one UTF-16 unit takes in UTF-8.
        Length += Encoding.UTF8.GetBytes(text, Reserve(text.Length * 3));
    }

    /// <summary>Percent-encodes what is not in <paramref name="kept"/>, a percent sign too.</summary>
    public void AppendEncoded(scoped ReadOnlySpan<char> text, SearchValues<char> kept)
    {
        while (text.Length > 0)
        {
            var run = text.IndexOfAnyExcept(kept);
            if (run != 0)
            {
                Append(run < 0 ? text : text[..run]);
                if (run < 0)
                    return;
                text = text[run..];
            }

            text = text[AppendEncodedRune(text)..];
        }
    }

    /// <summary>Brings text that is percent-encoded somehow to the one form in which it is signed.</summary>
    /// <param name="plus">The byte that a plus sign stands for.</param>
    public void AppendReencoded(scoped ReadOnlySpan<char> text, SearchValues<char> kept, byte plus)
    {
        while (text.Length > 0)
        {
            var run = text.IndexOfAnyExcept(kept);
            if (run != 0)
            {
                Append(run < 0 ? text : text[..run]);
                if (run < 0)
                    return;
                text = text[run..];
            }

            if (text[0] == '%' && text.Length > 2 && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2]))
            {
                AppendByteOrEncoded((byte)(HexValue(text[1]) << 4 | HexValue(text[2])), kept);
                text = text[3..];
            }
            else if (text[0] == '+')
            {
                AppendByteOrEncoded(plus, kept);
                text = text[1..];
            }
            else
                text = text[AppendEncodedRune(text)..];
        }
    }

    public void Truncate(int length) => Length = length;

    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        this = default;
    }

    int AppendEncodedRune(scoped ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[4];
        // A lone surrogate becomes U+FFFD: no signer signs that, so it is refused as a mismatch.
        Rune.DecodeFromUtf16(text, out var rune, out var consumed);
        foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
            AppendEncodedByte(value);
        return consumed;
    }

    void AppendByteOrEncoded(byte value, SearchValues<char> kept)
    {
        if (kept.Contains((char)value))
            Append(value);
        else
            AppendEncodedByte(value);
    }

    void AppendEncodedByte(byte value)
    {
        var place = Reserve(3);
        place[0] = (byte)'%';
        place[1] = (byte)HexDigits[value >> 4];
        place[2] = (byte)HexDigits[value & 15];
        Length += 3;
    }

    static int HexValue(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
            Grow(count);
        return _bytes[Length..];
    }

    void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, _bytes.Length * 2));
        _bytes[..Length].CopyTo(larger);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _bytes = _rented = larger;
    }
}
