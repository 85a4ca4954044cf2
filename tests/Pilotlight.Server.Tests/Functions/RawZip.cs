using System.IO.Compression;
using System.Text;

namespace Pilotlight.Tests.Functions;

/// <summary>A zip written byte by byte, so that every field can lie.</summary>
sealed class RawZip
{
    readonly MemoryStream _file = new();
    readonly MemoryStream _directory = new();
    int _entries;

    /// <param name="claimedLength">What the headers say the entry inflates to; null for the truth.</param>
    public RawZip Add(
        string name, byte[] content, bool deflate = false, int mode = 0, ushort flags = 0, uint? claimedLength = null, uint? checksum = null,
        bool zip64 = false, ushort? method = null)
    {
        var packed = deflate ? Deflated(content) : content;
        var length = claimedLength ?? (uint)content.Length;
        var sum = checksum ?? Crc(content);
        var encoded = Encoding.UTF8.GetBytes(name);
        var offset = (uint)_file.Length;
        var compression = method ?? (ushort)(deflate ? 8 : 0);
        var extra = zip64 ? Zip64Extra(length, (ulong)packed.Length) : [];
        var (shownLength, shownPacked) = zip64 ? (uint.MaxValue, uint.MaxValue) : (length, (uint)packed.Length);

        using (var writer = new BinaryWriter(_file, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(0x04034B50u);
            writer.Write((ushort)45);
            Common(writer);
            writer.Write((ushort)encoded.Length);
            writer.Write((ushort)extra.Length);
            writer.Write(encoded);
            writer.Write(extra);
            writer.Write(packed);
        }

        using (var writer = new BinaryWriter(_directory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(0x02014B50u);
            writer.Write((ushort)(3 << 8 | 45));
            writer.Write((ushort)45);
            Common(writer);
            writer.Write((ushort)encoded.Length);
            writer.Write((ushort)extra.Length);
            writer.Write((ushort)0);
            writer.Write((ushort)0);
            writer.Write((ushort)0);
            writer.Write((uint)mode << 16);
            writer.Write(offset);
            writer.Write(encoded);
            writer.Write(extra);
        }

        _entries++;
        return this;

        void Common(BinaryWriter writer)
        {
            writer.Write((ushort)(flags | 0x800));
            writer.Write(compression);
            writer.Write(0x5C210000u);
            writer.Write(sum);
            writer.Write(shownPacked);
            writer.Write(shownLength);
        }
    }

    public byte[] Build()
    {
        using var zip = new MemoryStream();
        _file.WriteTo(zip);
        _directory.WriteTo(zip);
        using var writer = new BinaryWriter(zip);
        writer.Write(0x06054B50u);
        writer.Write(0u);
        writer.Write((ushort)_entries);
        writer.Write((ushort)_entries);
        writer.Write((uint)_directory.Length);
        writer.Write((uint)_file.Length);
        writer.Write((ushort)0);
        return zip.ToArray();
    }

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var state = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            state ^= value;
            for (var bit = 0; bit < 8; bit++)
                state = (state >> 1) ^ ((state & 1) * 0xEDB88320);
        }

        return ~state;
    }

    static byte[] Zip64Extra(ulong length, ulong packed)
    {
        using var extra = new MemoryStream();
        using var writer = new BinaryWriter(extra);
        writer.Write((ushort)1);
        writer.Write((ushort)16);
        writer.Write(length);
        writer.Write(packed);
        return extra.ToArray();
    }

    static byte[] Deflated(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(content);
        return packed.ToArray();
    }
}
