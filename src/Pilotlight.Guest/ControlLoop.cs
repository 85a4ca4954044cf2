using System.Buffers.Binary;

namespace Pilotlight.Guest;

/// <summary>Reads the host's frames and acts on them, until the host is gone or says something impossible.</summary>
sealed unsafe class ControlLoop(ChildProcesses processes)
{
    byte[] _payload = [];

    /// <summary>False when it ended for a bad frame, true when the host closed the socket.</summary>
    public bool Run()
    {
        Span<byte> header = stackalloc byte[GuestProtocol.HeaderLength];
        while (ReadFully(header))
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (length > GuestProtocol.LargestHostPayload)
                return false;
            if (_payload.Length < length)
                _payload = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
            var payload = _payload.AsSpan(0, (int)length);
            if (!ReadFully(payload) || !Handle(header[4], payload))
                return false;
        }
        return true;
    }

    bool Handle(byte kind, Span<byte> payload)
    {
        switch (kind)
        {
            case GuestProtocol.Start or GuestProtocol.StartAside:
                return Start(payload, kind == GuestProtocol.StartAside);
            case GuestProtocol.Signal when payload.Length == 8:
                processes.Signal(BinaryPrimitives.ReadInt32LittleEndian(payload), BinaryPrimitives.ReadInt32LittleEndian(payload[4..]));
                return true;
            default:
                return false;
        }
    }

    bool Start(Span<byte> payload, bool isAside)
    {
        if (payload.Length < 8 || payload[^1] != 0)
            return false;
        var request = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        int args = BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]);
        int environment = BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]);

        // One block of pointers into the payload: path, folder, args, null, env, null.
        var pointers = new nint[2 + args + 1 + environment + 1];
        var strings = payload[8..];
        if (strings.Count((byte)0) != 2 + args + environment)
            return false;
        fixed (byte* first = strings)
        fixed (nint* block = pointers)
        {
            var at = first;
            for (var i = 0; i < 2 + args + environment; i++)
            {
                block[i < 2 + args ? i : i + 1] = (nint)at;
                while (*at++ != 0)
                {
                }
            }
            processes.Start(request, (byte*)block[0], (byte*)block[1], (byte**)(block + 2), (byte**)(block + 2 + args + 1), isAside);
        }
        return true;
    }

    static bool ReadFully(Span<byte> destination)
    {
        fixed (byte* start = destination)
        {
            var done = 0;
            while (done < destination.Length)
            {
                var count = Libc.read(GuestProtocol.ControlDescriptor, start + done, (nuint)(destination.Length - done));
                if (count > 0)
                    done += (int)count;
                else if (count == 0 || Libc.LastError != Libc.EINTR)
                    return false;
            }
        }
        return true;
    }
}
