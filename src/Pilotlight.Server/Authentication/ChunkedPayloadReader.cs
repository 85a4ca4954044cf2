using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>
/// Reads <c>aws-chunked</c>: <c>SIZE[;chunk-signature=HEX]</c>, the bytes, and at last a chunk of none, perhaps with headers behind it.
/// Bytes of a chunk come out before its signature is known: who reads must not use them before the end.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html</remarks>
sealed class ChunkedPayloadReader(PipeReader body, PayloadProof proof) : PayloadReader
{
    const int MaxLineBytes = 4096;
    const int MaxTrailers = 16;
    const string SignatureMark = ";chunk-signature=";
    const string TrailerSignature = "x-amz-trailer-signature";

    static readonly string s_emptyHash = Convert.ToHexStringLower(SHA256.HashData([]));

    readonly IncrementalHash _chunk = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    string _previous = proof.Seed;
    string _claimed = "";
    long _left;
    bool _inChunk;
    bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (!_ended)
        {
            if (_left > 0)
                return await ReadChunkAsync(buffer, cancellation);
            if (_inChunk)
            {
                await ExpectEmptyLineAsync(cancellation);
                VerifyChunk();
                _inChunk = false;
            }

            if (await ReadHeaderAsync(cancellation))
                continue;
            VerifyChunk();
            await ReadTrailersAsync(cancellation);
            _ended = true;
        }

        return 0;
    }

    public override void Dispose() => _chunk.Dispose();

    async ValueTask<int> ReadChunkAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await body.ReadAsync(cancellation);
        var bytes = read.Buffer;
        if (bytes.IsEmpty)
        {
            body.AdvanceTo(bytes.End);
            throw Incomplete();
        }

        var count = (int)Math.Min(Math.Min(_left, bytes.Length), buffer.Length);
        bytes = bytes.Slice(0, count);
        bytes.CopyTo(buffer.Span);
        body.AdvanceTo(bytes.End);
        if (proof.SignsChunks)
            _chunk.AppendData(buffer.Span[..count]);
        _left -= count;
        return count;
    }

    /// <summary>False for the last chunk, which has no bytes.</summary>
    async ValueTask<bool> ReadHeaderAsync(CancellationToken cancellation)
    {
        var line = await ReadLineAsync(cancellation) ?? throw Incomplete();
        var mark = line.IndexOf(';', StringComparison.Ordinal);
        var size = mark < 0 ? line : line[..mark];
        if (size.Length is 0 or > 15 || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
            throw Malformed();
        if (proof.SignsChunks)
        {
            if (mark < 0 || !line.AsSpan(mark).StartsWith(SignatureMark))
                throw Mismatch();
            _claimed = line[(mark + SignatureMark.Length)..];
        }

        _inChunk = _left > 0;
        return _inChunk;
    }

    void VerifyChunk()
    {
        if (!proof.SignsChunks)
            return;
        var hash = Convert.ToHexStringLower(_chunk.GetHashAndReset());
        Verify($"AWS4-HMAC-SHA256-PAYLOAD\n{proof.Timestamp}\n{proof.Scope}\n{_previous}\n{s_emptyHash}\n{hash}", _claimed);
        _previous = _claimed;
    }

    async ValueTask ReadTrailersAsync(CancellationToken cancellation)
    {
        var signed = new StringBuilder();
        string? signature = null;
        // Behind the last chunk stands an empty line, which some clients leave out.
        while (await ReadLineAsync(cancellation) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (!proof.HasTrailer || colon < 1 || TrailerTable.Count >= MaxTrailers)
                throw MalformedTrailer();
            var (name, value) = (line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim());
            if (name == TrailerSignature)
                signature = value;
            else if (signature is not null || !TrailerTable.TryAdd(name, value))
                throw MalformedTrailer();
            else
                signed.Append(name).Append(':').Append(value).Append('\n');
        }

        if (proof.Form != PayloadForm.SignedChunksWithTrailer)
            return;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(signed.ToString())));
        Verify($"AWS4-HMAC-SHA256-TRAILER\n{proof.Timestamp}\n{proof.Scope}\n{_previous}\n{hash}", signature ?? throw MalformedTrailer());
    }

    void Verify(string text, string claimed)
    {
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(proof.Key, Encoding.ASCII.GetBytes(text)));
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(claimed)))
            throw Mismatch();
    }

    async ValueTask ExpectEmptyLineAsync(CancellationToken cancellation)
    {
        if ((await ReadLineAsync(cancellation) ?? throw Incomplete()).Length > 0)
            throw Malformed();
    }

    /// <summary>The next line without its end; null at the end of the body.</summary>
    async ValueTask<string?> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            var bytes = read.Buffer;
            if (bytes.PositionOf((byte)'\n') is { } end)
            {
                // As Latin-1, so that no byte is lost before it is judged.
                var text = bytes.Slice(0, end) is { Length: <= MaxLineBytes } line ? Encoding.Latin1.GetString(line) : "";
                body.AdvanceTo(bytes.GetPosition(1, end));
                return text.EndsWith('\r') ? text[..^1] : throw Malformed();
            }

            if (bytes.Length > MaxLineBytes)
            {
                body.AdvanceTo(bytes.End);
                throw Malformed();
            }

            if (read.IsCompleted)
            {
                var isEmpty = bytes.IsEmpty;
                body.AdvanceTo(bytes.End);
                return isEmpty ? null : throw Incomplete();
            }

            body.AdvanceTo(bytes.Start, bytes.End);
        }
    }

    static AwsException Malformed() => new AwsError(400, "InvalidRequest", "The body is not well formed: a chunk has no valid size or end.").AsException();

    static AwsException MalformedTrailer() => new AwsError(
        400, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.").AsException();

    static AwsException Mismatch() => new AuthenticationErrors(AwsProtocol.RestXml).SignatureMismatch.AsException();
}
