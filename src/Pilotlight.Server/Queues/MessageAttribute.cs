using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Queues;

/// <summary>A value of the user's beside the body.</summary>
/// <param name="DataType"><c>String</c>, <c>Number</c> or <c>Binary</c>, perhaps with a suffix of the user's (<c>Number.int</c>).</param>
/// <param name="Text">Null for a binary value.</param>
/// <param name="Bytes">Empty for a text.</param>
public readonly record struct MessageAttribute(string Name, string DataType, string? Text, ReadOnlyMemory<byte> Bytes)
{
    public bool IsBinary => Text is null;

    /// <summary>What counts against the size of the message.</summary>
    public int Size => Encoding.UTF8.GetByteCount(Name) + Encoding.UTF8.GetByteCount(DataType) + (Text is null ? Bytes.Length : Encoding.UTF8.GetByteCount(Text));

    /// <summary>AWS's digest over attributes, in hexadecimal: sorted by name; name, type, a byte for the kind of value, value, each with its length.</summary>
    public static string Md5Of(IEnumerable<MessageAttribute> attributes)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var attribute in attributes.OrderBy(static attribute => attribute.Name, StringComparer.Ordinal))
        {
            Append(digest, Encoding.UTF8.GetBytes(attribute.Name));
            Append(digest, Encoding.UTF8.GetBytes(attribute.DataType));
            digest.AppendData([attribute.IsBinary ? (byte)2 : (byte)1]);
            Append(digest, attribute.Text is { } text ? Encoding.UTF8.GetBytes(text) : attribute.Bytes.Span);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());

        static void Append(IncrementalHash digest, ReadOnlySpan<byte> bytes)
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            digest.AppendData(length);
            digest.AppendData(bytes);
        }
    }

    /// <summary>As the database keeps them; null for none.</summary>
    internal static byte[]? Pack(IReadOnlyList<MessageAttribute> attributes)
    {
        if (attributes.Count == 0)
            return null;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        foreach (var attribute in attributes)
        {
            writer.Write(attribute.Name);
            writer.Write(attribute.DataType);
            writer.Write(attribute.IsBinary);
            if (attribute.Text is { } text)
            {
                writer.Write(text);
                continue;
            }

            writer.Write(attribute.Bytes.Length);
            writer.Write(attribute.Bytes.Span);
        }

        return stream.ToArray();
    }

    internal static IReadOnlyList<MessageAttribute> Unpack(byte[]? packed)
    {
        if (packed is null)
            return [];
        var attributes = new List<MessageAttribute>();
        using var reader = new BinaryReader(new MemoryStream(packed), Encoding.UTF8);
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var (name, type) = (reader.ReadString(), reader.ReadString());
            attributes.Add(reader.ReadBoolean()
                ? new MessageAttribute(name, type, null, reader.ReadBytes(reader.ReadInt32()))
                : new MessageAttribute(name, type, reader.ReadString(), default));
        }

        return attributes;
    }
}
