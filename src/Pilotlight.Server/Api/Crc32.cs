namespace Pilotlight.Api;

/// <summary>The checksum of zip files and event streams (IEEE 802.3), eight bytes a step. ZipArchive does not compare it.</summary>
static class Crc32
{
    const uint Polynomial = 0xEDB88320;

    public const uint Start = 0xFFFFFFFF;

    static readonly uint[][] Tables = BuildTables();

    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        var t = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = state ^ BitConverter.ToUInt32(bytes);
            var high = BitConverter.ToUInt32(bytes[4..]);
            state = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24]
                ^ t[3][high & 0xFF] ^ t[2][(high >> 8) & 0xFF] ^ t[1][(high >> 16) & 0xFF] ^ t[0][high >> 24];
        }

        foreach (var value in bytes)
            state = t[0][(state ^ value) & 0xFF] ^ (state >> 8);
        return state;
    }

    public static uint Finish(uint state) => ~state;

    static uint[][] BuildTables()
    {
        var tables = new uint[8][];
        for (var table = 0; table < 8; table++)
        {
            tables[table] = new uint[256];
            for (uint value = 0; value < 256; value++)
            {
                var state = table == 0 ? value : tables[table - 1][value];
                for (var bit = 0; bit < 8; bit++)
                    state = (state >> 1) ^ ((state & 1) * Polynomial);
                tables[table][value] = state;
            }
        }

        return tables;
    }
}
