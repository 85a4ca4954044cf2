using System.Security.Cryptography;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>How a body that is read as it arrives is proven (<c>x-amz-content-sha256</c>).</summary>
public enum PayloadForm
{
    /// <summary>By nothing: the signature covers the head alone.</summary>
    Unsigned,

    /// <summary>By its hash, which the signature covers.</summary>
    Hashed,

    /// <summary>In chunks, each signed.</summary>
    SignedChunks,

    /// <summary>In chunks, each signed, and so are the headers behind them.</summary>
    SignedChunksWithTrailer,

    /// <summary>In chunks without signatures, with headers behind them.</summary>
    UnsignedChunksWithTrailer,
}

/// <summary>What the head of a request says about its body, once the head itself is proven.</summary>
public sealed class PayloadProof
{
    public required PayloadForm Form { get; init; }

    /// <summary>Of <see cref="PayloadForm.Hashed"/>: SHA-256 in lower-case hex.</summary>
    public string? Hash { get; init; }

    internal byte[] Key { get; init; } = [];

    /// <summary>The signature of the head: the first of the chain.</summary>
    internal string Seed { get; init; } = "";

    internal string Timestamp { get; init; } = "";

    internal string Scope { get; init; } = "";

    public bool IsChunked => Form is not (PayloadForm.Unsigned or PayloadForm.Hashed);

    public bool HasTrailer => Form is PayloadForm.SignedChunksWithTrailer or PayloadForm.UnsignedChunksWithTrailer;

    internal bool SignsChunks => Form is PayloadForm.SignedChunks or PayloadForm.SignedChunksWithTrailer;

    /// <summary>Reads the body; the last read, which returns nothing, throws unless everything is proven.</summary>
    public PayloadReader Open(HttpRequest request) => IsChunked ? new ChunkedPayloadReader(request.BodyReader, this) : new PlainPayloadReader(request.Body, Hash);

    /// <summary>What is wrong with a body that was read whole, or null.</summary>
    internal AwsError? CheckWhole(ReadOnlySpan<byte> body)
    {
        if (IsChunked)
            return new AwsError(501, "NotImplemented", "A header you provided implies functionality that is not implemented") with { Members = [("Header", "x-amz-content-sha256")] };
        if (Hash is null)
            return null;
        var actual = Convert.ToHexStringLower(SHA256.HashData(body));
        return actual == Hash ? null : Mismatch(Hash, actual);
    }

    internal static AwsError Mismatch(string claimed, string actual) =>
        new AwsError(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.") with
        {
            Members = [("ClientComputedContentSHA256", claimed), ("S3ComputedContentSHA256", actual)],
        };

    /// <summary>Of a request that nobody signed: it may say what its body should be, and cannot sign it. Null when it says nonsense.</summary>
    internal static PayloadProof? OfUnsigned(HttpRequest request)
    {
        var declared = request.Headers["X-Amz-Content-Sha256"].ToString();
        var form = declared.Length == 0 ? PayloadForm.Unsigned : FormOf(declared);
        return form is PayloadForm.Unsigned or PayloadForm.Hashed or PayloadForm.UnsignedChunksWithTrailer
            ? new PayloadProof { Form = form.Value, Hash = form == PayloadForm.Hashed ? declared : null }
            : null;
    }

    /// <summary>The form that a header names; null when it names none.</summary>
    internal static PayloadForm? FormOf(ReadOnlySpan<char> declared) => declared switch
    {
        "UNSIGNED-PAYLOAD" => PayloadForm.Unsigned,
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => PayloadForm.SignedChunks,
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => PayloadForm.SignedChunksWithTrailer,
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => PayloadForm.UnsignedChunksWithTrailer,
        { Length: 64 } when !declared.ContainsAnyExcept("0123456789abcdef") => PayloadForm.Hashed,
        _ => null,
    };
}
