using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Pilotlight.RuntimeSupport;

/// <summary>Speaks HTTP/1.1 to the Runtime API on one kept connection; a response and the poll for the next event leave in one write.</summary>
sealed class RuntimeApi
{
    const int LargestBody = 64 << 20, LargestHead = 1 << 20, SentAtOnce = 64 << 10;

    readonly string _authority;
    readonly byte[] _getNext;
    int _socket = -1;
    byte[] _buffer = new byte[16 << 10];
    byte[] _outgoing = new byte[4 << 10];
    int _from, _to;

    public RuntimeApi(string authority)
    {
        _authority = authority;
        _getNext = Encoding.ASCII.GetBytes($"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    }

    /// <summary>The body of the answer to a plain GET.</summary>
    public byte[] Get(string path)
    {
        Connect();
        Libc.SendAll(_socket, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {_authority}\r\n\r\n"));
        var answer = new Invocation();
        var status = Read(answer, out var isLast);
        if (status != 200) throw new IOException($"status {status} for {path}");
        if (isLast) Close();
        return answer.Payload;
    }

    public Invocation Next()
    {
        Connect();
        Libc.SendAll(_socket, _getNext);
        return ReadNext();
    }

    public Invocation RespondAndNext(string requestId, ReadOnlySpan<byte> body) =>
        PostAndNext($"invocation/{requestId}/response", "", body);

    public Invocation ErrorAndNext(string requestId, ReadOnlySpan<byte> body, string errorType) =>
        PostAndNext($"invocation/{requestId}/error", ErrorType(errorType), body);

    public void InitError(ReadOnlySpan<byte> body, string errorType)
    {
        Connect();
        Send("init/error", ErrorType(errorType), body, []);
        Read(new Invocation(), out _);
    }

    // A type's name may hold letters that a header may not.
    static string ErrorType(string name) =>
        $"Lambda-Runtime-Function-Error-Type: {string.Concat(name.Select(c => c is > ' ' and < '\x7f' ? c : '?'))}\r\n";

    Invocation PostAndNext(string path, string headers, ReadOnlySpan<byte> body)
    {
        var status = 0;
        var isLast = false;
        for (var attempt = 0; status == 0; attempt++)
        {
            try
            {
                Connect();
                Send(path, headers, body, _getNext);
                status = Read(new Invocation(), out isLast);
            }
            // The connection may have been closed while the function was frozen; a second failure is the platform's end.
            catch (IOException) when (attempt == 0)
            {
                Close();
            }
        }
        if (status >= 300) Console.Error.WriteLine($"The Runtime API answered {status} to {path}");
        if (!isLast) return ReadNext();
        Close();
        return Next();
    }

    Invocation ReadNext()
    {
        var invocation = new Invocation();
        var status = Read(invocation, out var isLast);
        if (status != 200) throw new IOException($"status {status} for the next invocation");
        if (isLast) Close();
        return invocation;
    }

    void Connect()
    {
        if (_socket >= 0) return;
        var colon = _authority.LastIndexOf(':');
        var host = colon < 0 ? _authority : _authority[..colon];
        var port = colon < 0 ? 80 : int.Parse(_authority.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        _socket = Libc.Connect(TryParse(host) ?? Resolve(host), port);
        _from = _to = 0;
    }

    /// <summary>A dotted address. System.Net would do the same, and be loaded for it.</summary>
    static uint? TryParse(string host)
    {
        Span<byte> bytes = stackalloc byte[4];
        var at = 0;
        var rest = host.AsSpan();
        while (at < 4)
        {
            var dot = rest.IndexOf('.');
            if (dot < 0 != (at == 3)) return null;
            if (!byte.TryParse(dot < 0 ? rest : rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[at++])) return null;
            rest = dot < 0 ? [] : rest[(dot + 1)..];
        }
        return MemoryMarshal.Read<uint>(bytes);
    }

    // On its own, so that the types it needs are loaded only when it runs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static uint Resolve(string host) =>
        MemoryMarshal.Read<uint>(Dns.GetHostAddresses(host, System.Net.Sockets.AddressFamily.InterNetwork)[0].GetAddressBytes());

    void Close()
    {
        if (_socket >= 0) Libc.Close(_socket);
        _socket = -1;
    }

    void Send(string path, string headers, ReadOnlySpan<byte> body, ReadOnlySpan<byte> then)
    {
        var head = $"POST /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {_authority}\r\nContent-Type: application/json\r\n{headers}"
            + $"Content-Length: {body.Length}\r\n\r\n";
        var total = head.Length + body.Length + then.Length;
        if (total > SentAtOnce)
        {
            Libc.SendAll(_socket, Encoding.ASCII.GetBytes(head));
            Libc.SendAll(_socket, body);
            Libc.SendAll(_socket, then);
            return;
        }
        if (_outgoing.Length < total) _outgoing = new byte[SentAtOnce];
        var at = Encoding.ASCII.GetBytes(head, _outgoing);
        body.CopyTo(_outgoing.AsSpan(at));
        then.CopyTo(_outgoing.AsSpan(at + body.Length));
        Libc.SendAll(_socket, _outgoing.AsSpan(0, total));
    }

    /// <summary>Reads one answer into <paramref name="invocation"/>; returns its status.</summary>
    int Read(Invocation invocation, out bool isLast)
    {
        var status = Status(Line());
        while (status == 100)
        {
            SkipHeaders();
            status = Status(Line());
        }
        isLast = false;
        var length = -1;
        var isChunked = false;
        for (var line = Line(); line.Length > 0; line = Line())
        {
            var colon = line.IndexOf((byte)':');
            if (colon < 1) throw new IOException("malformed header");
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (Is(name, "Content-Length"u8)) length = Number(value, 'D');
            else if (Is(name, "Transfer-Encoding"u8)) isChunked = Is(value, "chunked"u8);
            else if (Is(name, "Connection"u8)) isLast = Is(value, "close"u8);
            else Note(invocation, name, value);
        }
        invocation.Payload = isChunked ? Chunks() : length >= 0 ? Exactly(length) : status is 204 or 304 ? [] : Rest(out isLast);
        return status;
    }

    static void Note(Invocation invocation, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        const int prefix = 15;
        if (name.Length <= prefix || !Is(name[..prefix], "Lambda-Runtime-"u8)) return;
        name = name[prefix..];
        if (Is(name, "Aws-Request-Id"u8)) invocation.RequestId = Encoding.UTF8.GetString(value);
        else if (Is(name, "Deadline-Ms"u8)) invocation.DeadlineMs = Utf8Parser.TryParse(value, out long ms, out _) ? ms : throw new IOException("malformed deadline");
        else if (Is(name, "Invoked-Function-Arn"u8)) invocation.FunctionArn = Encoding.UTF8.GetString(value);
        else if (Is(name, "Trace-Id"u8)) invocation.TraceId = Encoding.UTF8.GetString(value);
        else if (Is(name, "Client-Context"u8)) invocation.ClientContext = Encoding.UTF8.GetString(value);
        else if (Is(name, "Cognito-Identity"u8)) invocation.CognitoIdentity = Encoding.UTF8.GetString(value);
        else if (Is(name, "Aws-Tenant-Id"u8)) invocation.TenantId = Encoding.UTF8.GetString(value);
    }

    void SkipHeaders()
    {
        while (Line().Length > 0) continue;
    }

    byte[] Chunks()
    {
        var all = Array.Empty<byte>();
        while (true)
        {
            var line = Line();
            var extension = line.IndexOf((byte)';');
            var size = Number((extension < 0 ? line : line[..extension]).Trim(" \t"u8), 'X');
            if (size == 0) break;
            if (all.Length + (long)size > LargestBody) throw new IOException("body too large");
            var chunk = Exactly(size);
            var end = all.Length;
            Array.Resize(ref all, end + size);
            chunk.CopyTo(all, end);
            if (Line().Length > 0) throw new IOException("malformed chunk");
        }
        SkipHeaders(); // trailers
        return all;
    }

    byte[] Exactly(int length)
    {
        var body = new byte[length];
        var have = Math.Min(length, _to - _from);
        _buffer.AsSpan(_from, have).CopyTo(body);
        _from += have;
        while (have < length)
        {
            var read = Libc.Receive(_socket, body.AsSpan(have));
            if (read == 0) throw new EndOfStreamException("connection closed within a body");
            have += read;
        }
        return body;
    }

    byte[] Rest(out bool isLast)
    {
        isLast = true;
        using var all = new MemoryStream();
        while (_from < _to || Fill())
        {
            all.Write(_buffer, _from, _to - _from);
            _from = _to;
            if (all.Length > LargestBody) throw new IOException("body too large");
        }
        return all.ToArray();
    }

    /// <summary>One line of a head; valid until the next read.</summary>
    ReadOnlySpan<byte> Line()
    {
        var scanned = 0;
        while (true)
        {
            var newline = _buffer.AsSpan(_from + scanned, _to - _from - scanned).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = _buffer.AsSpan(_from, scanned + newline);
                _from += scanned + newline + 1;
                return line.TrimEnd((byte)'\r');
            }
            scanned = _to - _from;
            if (scanned > LargestHead) throw new IOException("header too large");
            if (!Fill()) throw new EndOfStreamException("connection closed");
        }
    }

    bool Fill()
    {
        var pending = _to - _from;
        if (pending == 0)
        {
            _from = _to = 0;
        }
        else if (_to == _buffer.Length)
        {
            var target = pending > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            _buffer.AsSpan(_from, pending).CopyTo(target);
            (_buffer, _from, _to) = (target, 0, pending);
        }
        var read = Libc.Receive(_socket, _buffer.AsSpan(_to));
        _to += read;
        return read > 0;
    }

    static int Status(ReadOnlySpan<byte> line) =>
        line.Length >= 12 && line.StartsWith("HTTP/1."u8) && line[8] == ' ' ? Number(line[9..12], 'D') : throw new IOException("malformed status line");

    static int Number(ReadOnlySpan<byte> text, char format)
    {
        var isNumber = Utf8Parser.TryParse(text, out int value, out var consumed, format == 'D' ? default : format) && consumed == text.Length;
        return isNumber && value is >= 0 and <= LargestBody ? value : throw new IOException("malformed or too large a number in an answer");
    }

    static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(text, expected);
}
