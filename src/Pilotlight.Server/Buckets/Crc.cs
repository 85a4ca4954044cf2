using System.Buffers.Binary;
using System.Numerics;

namespace Pilotlight.Buckets;

/// <summary>The three reflected CRCs of S3, eight bytes at a time.</summary>
sealed class Crc
{
    static readonly ulong[][] s_crc32 = Tables(0xEDB88320);
    static readonly ulong[][] s_crc64 = Tables(0x9A6C9329AC4BC9B5);

    readonly ulong[][]? _tables;
    readonly int _bytes;
    ulong _state;

    Crc(ulong[][]? tables, int bytes) => (_tables, _bytes, _state) = (tables, bytes, ulong.MaxValue >> (64 - (8 * bytes)));

    public static Crc Crc32() => new(s_crc32, 4);

    /// <summary>Castagnoli's, which processors know.</summary>
    public static Crc Crc32C() => new(null, 4);

    public static Crc Crc64Nvme() => new(s_crc64, 8);

    public void Append(ReadOnlySpan<byte> bytes) => _state = _tables is null ? AppendCastagnoli((uint)_state, bytes) : Append(_tables, _state, bytes);

    /// <summary>Big endian, as the headers carry it in base64.</summary>
    public byte[] Finish()
    {
        var value = ~_state;
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[(8 - _bytes)..];
    }

    static ulong Append(ulong[][] tables, ulong state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            var word = state ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            state = tables[7][(byte)word] ^ tables[6][(byte)(word >> 8)] ^ tables[5][(byte)(word >> 16)] ^ tables[4][(byte)(word >> 24)]
                ^ tables[3][(byte)(word >> 32)] ^ tables[2][(byte)(word >> 40)] ^ tables[1][(byte)(word >> 48)] ^ tables[0][(byte)(word >> 56)];
            bytes = bytes[8..];
        }

        foreach (var value in bytes)
            state = tables[0][(byte)(state ^ value)] ^ (state >> 8);
        return state;
    }

    static uint AppendCastagnoli(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var value in bytes)
            state = BitOperations.Crc32C(state, value);
        return state;
    }

    static ulong[][] Tables(ulong polynomial)
    {
        var tables = new ulong[8][];
        for (var slice = 0; slice < 8; slice++)
        {
            tables[slice] = new ulong[256];
            for (var value = 0; value < 256; value++)
            {
                if (slice > 0)
                {
                    var before = tables[slice - 1][value];
                    tables[slice][value] = tables[0][(byte)before] ^ (before >> 8);
                    continue;
                }

                var entry = (ulong)value;
                for (var bit = 0; bit < 8; bit++)
                    entry = (entry & 1) != 0 ? (entry >> 1) ^ polynomial : entry >> 1;
                tables[slice][value] = entry;
            }
        }

        return tables;
    }
}
