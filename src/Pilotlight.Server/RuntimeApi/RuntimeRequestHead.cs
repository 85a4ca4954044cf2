using System.Buffers;
using System.Text;

namespace Pilotlight.RuntimeApi;

enum RuntimeRequestKind
{
    /// <summary>The head has not ended yet.</summary>
    Incomplete,

    /// <summary>Allowed or not: not one of the requests that a runtime repeats all day, or not said plainly. The web server decides.</summary>
    Unusual,

    Assignment,
    Next,
    Response,
    Error,
}

/// <summary>
/// The head of one of the few requests that a runtime repeats for as long as it lives, read from bytes that hostile code wrote. Takes only
/// what is said in the plainest way that HTTP/1.1 knows: one Host, one Content-Length and no other framing, known lines, printable ASCII.
/// Whatever is said otherwise is <see cref="RuntimeRequestKind.Unusual"/> and never guessed at.
/// </summary>
readonly ref struct RuntimeRequestHead
{
    /// <summary>A longer head is for the web server, which has a limit of its own.</summary>
    public const int MaxBytes = 16 * 1024;

    const int MaxRequestIdLength = 64;

    static readonly SearchValues<byte> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    static readonly SearchValues<byte> s_id = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"u8);
    static readonly SearchValues<byte> s_host = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.:-[]"u8);

    public RuntimeRequestKind Kind { get; private init; }

    /// <summary>Bytes, the empty line among them.</summary>
    public int Length { get; private init; }

    public ReadOnlySpan<byte> RequestId { get; private init; }

    /// <summary>Of the body; 0 for a request that has none.</summary>
    public int ContentLength { get; private init; }

    /// <summary>Empty when there is none.</summary>
    public ReadOnlySpan<byte> ContentType { get; private init; }

    /// <summary><c>Lambda-Runtime-Function-Error-Type</c>; empty when there is none.</summary>
    public ReadOnlySpan<byte> ErrorType { get; private init; }

    static RuntimeRequestHead Unusual => new() { Kind = RuntimeRequestKind.Unusual };

    /// <summary>Reads the head that <paramref name="bytes"/> begin with.</summary>
    public static RuntimeRequestHead Read(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end > MaxBytes || (end < 0 && bytes.Length > MaxBytes))
            return Unusual;
        if (end < 0)
            return default;
        var head = bytes[..(end + 2)];
        var line = TakeLine(ref head);
        ReadOnlySpan<byte> id = default;
        var kind = line.SequenceEqual("GET /2018-06-01/runtime/invocation/next HTTP/1.1"u8) ? RuntimeRequestKind.Next
            : line.SequenceEqual("GET /_pilotlight/assignment HTTP/1.1"u8) ? RuntimeRequestKind.Assignment
            : AnswerTo(line, out id);
        return kind == RuntimeRequestKind.Unusual ? Unusual : ReadHeaders(head, kind, id, end + 4);
    }

    static RuntimeRequestKind AnswerTo(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> id)
    {
        id = default;
        var begin = "POST /2018-06-01/runtime/invocation/"u8;
        if (!line.StartsWith(begin))
            return RuntimeRequestKind.Unusual;
        line = line[begin.Length..];
        var slash = line.IndexOf((byte)'/');
        if (slash is < 1 or > MaxRequestIdLength)
            return RuntimeRequestKind.Unusual;
        id = line[..slash];
        if (id.ContainsAnyExcept(s_id))
            return RuntimeRequestKind.Unusual;
        var rest = line[slash..];
        return rest.SequenceEqual("/response HTTP/1.1"u8) ? RuntimeRequestKind.Response
            : rest.SequenceEqual("/error HTTP/1.1"u8) ? RuntimeRequestKind.Error
            : RuntimeRequestKind.Unusual;
    }

    static RuntimeRequestHead ReadHeaders(ReadOnlySpan<byte> lines, RuntimeRequestKind kind, ReadOnlySpan<byte> id, int length)
    {
        var hosts = 0;
        int? contentLength = null;
        ReadOnlySpan<byte> contentType = default;
        ReadOnlySpan<byte> errorType = default;
        while (!lines.IsEmpty)
        {
            var line = TakeLine(ref lines);
            var colon = line.IndexOf((byte)':');
            if (colon < 1)
                return Unusual;
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (name.ContainsAnyExcept(s_token) || value.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
                return Unusual;
            if (Is(name, "host"u8))
            {
                if (++hosts > 1 || value.IsEmpty || value.ContainsAnyExcept(s_host))
                    return Unusual;
            }
            else if (Is(name, "content-length"u8))
            {
                if (contentLength is not null || !TryReadLength(value, out var given))
                    return Unusual;
                contentLength = given;
            }
            else if (Is(name, "content-type"u8))
            {
                if (!contentType.IsEmpty)
                    return Unusual;
                contentType = value;
            }
            else if (Is(name, "lambda-runtime-function-error-type"u8))
            {
                if (!errorType.IsEmpty)
                    return Unusual;
                errorType = value;
            }
            else if (Is(name, "connection"u8))
            {
                if (!Is(value, "keep-alive"u8))
                    return Unusual;
            }
            else if (Is(name, "transfer-encoding"u8) || Is(name, "expect"u8) || Is(name, "upgrade"u8) || Is(name, "trailer"u8)
                || Is(name, "lambda-runtime-function-response-mode"u8))
            {
                return Unusual;
            }
        }

        var hasBody = kind is RuntimeRequestKind.Response or RuntimeRequestKind.Error;
        if (hosts != 1 || (hasBody ? contentLength is null : contentLength is > 0))
            return Unusual;
        return new RuntimeRequestHead
        {
            Kind = kind,
            Length = length,
            RequestId = id,
            ContentLength = contentLength ?? 0,
            ContentType = contentType,
            ErrorType = errorType,
        };
    }

    /// <summary>Digits only, and no more than a body may have: a longer one is refused by the web server in AWS's words.</summary>
    static bool TryReadLength(ReadOnlySpan<byte> value, out int length)
    {
        length = 0;
        if (value.Length is 0 or > 8 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        foreach (var digit in value)
            length = (length * 10) + digit - '0';
        return length <= RuntimeApiEndpoint.MaxPayloadBytes;
    }

    static bool Is(ReadOnlySpan<byte> given, ReadOnlySpan<byte> lowerCase) => Ascii.EqualsIgnoreCase(given, lowerCase);

    /// <summary>Up to the next CR LF, which every line here has. A CR or LF that stands alone is left in, where nothing allows it.</summary>
    static ReadOnlySpan<byte> TakeLine(scoped ref ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOf("\r\n"u8);
        var line = lines[..end];
        lines = lines[(end + 2)..];
        return line;
    }
}
