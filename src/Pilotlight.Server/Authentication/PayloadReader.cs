using System.Security.Cryptography;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>The bytes of a body, without the frame they came in.</summary>
public abstract class PayloadReader : IDisposable
{
    /// <summary>What stood behind the body, by lower-case name; complete once everything was read.</summary>
    public IReadOnlyDictionary<string, string> Trailers => TrailerTable;

    private protected Dictionary<string, string> TrailerTable { get; } = new(StringComparer.Ordinal);

    /// <summary>The next bytes; 0 at the end, where everything is proven.</summary>
    /// <exception cref="AwsException">The body is not what was signed, or breaks off.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation);

    public abstract void Dispose();

    private protected static AwsException Incomplete() => new AwsError(
        400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header").AsException();
}

/// <summary>A body as it is, perhaps with a hash to match.</summary>
sealed class PlainPayloadReader(Stream body, string? hash) : PayloadReader
{
    readonly IncrementalHash? _computed = hash is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    bool _proven;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await body.ReadAsync(buffer, cancellation);
        if (read > 0)
        {
            _computed?.AppendData(buffer.Span[..read]);
            return read;
        }

        if (!_proven && _computed is not null)
        {
            var actual = Convert.ToHexStringLower(_computed.GetHashAndReset());
            if (actual != hash)
                throw PayloadProof.Mismatch(hash!, actual).AsException();
        }

        _proven = true;
        return 0;
    }

    public override void Dispose() => _computed?.Dispose();
}
