using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pilotlight.Sandbox;

/// <summary>One request to the kernel in netlink's wire format: header, fixed part, attributes padded to four bytes.</summary>
sealed class NetlinkRequest
{
    internal const int HeaderBytes = 16;
    const ushort NestedFlag = 0x8000;

    byte[] _buffer = new byte[512];
    int _length = HeaderBytes;

    internal NetlinkRequest(ushort type, ushort flags, ReadOnlySpan<byte> fixedPart)
    {
        MemoryMarshal.Write(_buffer.AsSpan(4), type);
        MemoryMarshal.Write(_buffer.AsSpan(6), flags);
        Append(fixedPart);
    }

    internal NetlinkRequest Add(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[4];
        MemoryMarshal.Write(header, checked((ushort)(4 + value.Length)));
        MemoryMarshal.Write(header[2..], type);
        Append(header);
        Append(value);
        return this;
    }

    internal NetlinkRequest Add(ushort type, byte value) => Add(type, [value]);

    internal NetlinkRequest Add(ushort type, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        MemoryMarshal.Write(bytes, value);
        return Add(type, bytes);
    }

    internal NetlinkRequest Add(ushort type, string value) => Add(type, Encoding.ASCII.GetBytes(value + "\0"));

    /// <summary>An IPv4 address, which netlink carries in network order.</summary>
    internal NetlinkRequest AddAddress(ushort type, uint address)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return Add(type, bytes);
    }

    /// <summary>An attribute that holds what <paramref name="inner"/> adds.</summary>
    internal NetlinkRequest Nest(ushort type, Action<NetlinkRequest> inner)
    {
        var start = _length;
        Add((ushort)(type | NestedFlag), []);
        inner(this);
        MemoryMarshal.Write(_buffer.AsSpan(start), checked((ushort)(_length - start)));
        return this;
    }

    /// <summary>A fixed part within a nest, such as the <c>ifinfomsg</c> of a veth's peer.</summary>
    internal NetlinkRequest AddRaw(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        return this;
    }

    internal ReadOnlySpan<byte> Finish(uint sequence)
    {
        MemoryMarshal.Write(_buffer, _length);
        MemoryMarshal.Write(_buffer.AsSpan(8), sequence);
        return _buffer.AsSpan(0, _length);
    }

    void Append(ReadOnlySpan<byte> bytes)
    {
        var padded = (bytes.Length + 3) & ~3;
        if (_length + padded > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + padded));
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += padded;
    }
}

/// <summary>Walks the messages of one datagram from the kernel. Anything that does not add up is refused.</summary>
ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    ReadOnlySpan<byte> _rest = datagram;

    internal ushort Type { get; private set; }
    internal ushort Flags { get; private set; }
    internal uint Sequence { get; private set; }
    internal ReadOnlySpan<byte> Body { get; private set; }

    /// <exception cref="InvalidDataException">The bytes are no netlink messages.</exception>
    internal bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < NetlinkRequest.HeaderBytes)
            throw new InvalidDataException($"netlink: {_rest.Length} bytes where a header should be");
        var length = MemoryMarshal.Read<uint>(_rest);
        if (length < NetlinkRequest.HeaderBytes || length > _rest.Length)
            throw new InvalidDataException($"netlink: a message of {length} bytes in {_rest.Length}");
        Type = MemoryMarshal.Read<ushort>(_rest[4..]);
        Flags = MemoryMarshal.Read<ushort>(_rest[6..]);
        Sequence = MemoryMarshal.Read<uint>(_rest[8..]);
        Body = _rest[NetlinkRequest.HeaderBytes..(int)length];
        _rest = _rest[Math.Min(_rest.Length, ((int)length + 3) & ~3)..];
        return true;
    }
}

/// <summary>Walks the attributes behind a message's fixed part.</summary>
ref struct NetlinkAttributes(ReadOnlySpan<byte> attributes)
{
    const int TypeMask = 0x3fff;

    ReadOnlySpan<byte> _rest = attributes;

    internal int Type { get; private set; }
    internal ReadOnlySpan<byte> Value { get; private set; }

    /// <exception cref="InvalidDataException">The bytes are no attributes.</exception>
    internal bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < 4)
            throw new InvalidDataException($"netlink: {_rest.Length} bytes where an attribute should be");
        var length = MemoryMarshal.Read<ushort>(_rest);
        if (length < 4 || length > _rest.Length)
            throw new InvalidDataException($"netlink: an attribute of {length} bytes in {_rest.Length}");
        Type = MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask;
        Value = _rest[4..length];
        _rest = _rest[Math.Min(_rest.Length, (length + 3) & ~3)..];
        return true;
    }

    internal readonly int Integer => Value.Length == 4
        ? MemoryMarshal.Read<int>(Value)
        : throw new InvalidDataException($"netlink: attribute {Type} has {Value.Length} bytes, not 4");

    internal readonly uint Address => Value.Length == 4
        ? BinaryPrimitives.ReadUInt32BigEndian(Value)
        : throw new InvalidDataException($"netlink: attribute {Type} has {Value.Length} bytes, not 4");

    internal readonly string Text => Encoding.UTF8.GetString(Value.TrimEnd((byte)0));
}
