using System.Buffers;
using System.Security.Cryptography;
using Pilotlight.Api;
using Pilotlight.Authentication;

namespace Pilotlight.Buckets;

/// <summary>A body that lies on disk, proven, and belongs to no object yet.</summary>
/// <param name="Md5">The ETag of an object or part, hex.</param>
/// <param name="Checksum">Base64, of <paramref name="Algorithm"/>.</param>
sealed record ReceivedBody(IReadOnlyList<BodyFile> Files, long Size, string Md5, string Algorithm, string Checksum);

/// <summary>Takes bodies in, as they come, to disk: never more than one buffer of each is in memory.</summary>
sealed class BodyIntake(ObjectFiles files)
{
    public const long MaxBytes = 5L * 1024 * 1024 * 1024;

    const int BufferBytes = 128 * 1024;

    public ObjectFiles Files => files;

    /// <summary>The body of a request: what it says about itself must hold.</summary>
    /// <param name="algorithm">Of the checksum to compute when the request names none.</param>
    /// <exception cref="AwsException">It is too long, breaks off, or is not what it was said to be; nothing of it remains.</exception>
    public async Task<ReceivedBody> ReceiveAsync(AwsRequest request, string algorithm)
    {
        var proof = request.Http.Features.Get<PayloadProof>() ?? throw new InvalidOperationException("A body that nobody proves.");
        var length = LengthOf(request, proof);
        var md5 = Md5Of(request);
        var claimed = ClaimedChecksum.Of(request);
        if (claimed is { IsInTrailer: true } && !proof.HasTrailer)
            throw BucketErrors.InvalidRequest("The x-amz-trailer header needs a body with a trailer.").AsException();
        using var reader = proof.Open(request.Http.Request);
        var received = await StoreAsync(reader.ReadAsync, claimed?.Algorithm ?? algorithm, length, request.Aborted);
        try
        {
            Check(received, length, md5, claimed, reader);
        }
        catch
        {
            files.Delete(received.Files);
            throw;
        }

        return received;
    }

    /// <summary>Bytes from anywhere.</summary>
    public Task<ReceivedBody> StoreAsync(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, string algorithm, CancellationToken cancellation) =>
        StoreAsync(read, algorithm, null, cancellation);

    async Task<ReceivedBody> StoreAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, string algorithm, long? length, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var checksum = new ChecksumComputation(algorithm);
        FileStream? file = null;
        var name = "";
        long size = 0;
        try
        {
            while (await FillAsync(read, buffer, cancellation) is > 0 and var filled)
            {
                size += filled;
                if (size > (length ?? MaxBytes))
                    throw (length is null ? BucketErrors.TooLarge : TooMuch).AsException();
                md5.AppendData(buffer, 0, filled);
                checksum.Append(buffer.AsSpan(0, filled));
                file ??= files.Create(out name);
                await file.WriteAsync(buffer.AsMemory(0, filled), cancellation);
            }

            if (file is not null)
                await ObjectFiles.FlushAsync(file);
        }
        catch
        {
            if (file is not null)
                files.Delete(name);
            throw;
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync();
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new ReceivedBody(
            file is null ? [] : [new BodyFile(name, size)], size, Convert.ToHexStringLower(md5.GetHashAndReset()), algorithm, checksum.Finish());
    }

    /// <summary>A full buffer, unless the body ends: a write for each packet would be dear.</summary>
    static async ValueTask<int> FillAsync(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, byte[] buffer, CancellationToken cancellation)
    {
        var filled = 0;
        while (filled < BufferBytes && await read(buffer.AsMemory(filled, BufferBytes - filled), cancellation) is > 0 and var more)
            filled += more;
        return filled;
    }

    static void Check(ReceivedBody received, long? length, byte[]? md5, ClaimedChecksum? claimed, PayloadReader reader)
    {
        if (length is not null && received.Size != length)
            throw new AwsError(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header").AsException();
        if (md5 is not null && !md5.AsSpan().SequenceEqual(Convert.FromHexString(received.Md5)))
            throw BucketErrors.BadDigest.AsException();
        if (claimed is null)
            return;
        var value = claimed.Value;
        if (claimed.IsInTrailer)
        {
            if (!reader.Trailers.TryGetValue(ChecksumAlgorithm.HeaderOf(claimed.Algorithm), out value))
                throw new AwsError(400, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.").AsException();
            if (!ChecksumAlgorithm.IsValue(claimed.Algorithm, value))
                throw BucketErrors.InvalidRequest($"Value for {ChecksumAlgorithm.HeaderOf(claimed.Algorithm)} trailing header is invalid.").AsException();
        }

        if (value is not null && value != received.Checksum)
            throw new AwsError(400, "BadDigest", $"The {claimed.Algorithm} you specified did not match the calculated checksum.").AsException();
    }

    static AwsError TooMuch => BucketErrors.InvalidRequest("The body is longer than it was said to be.");

    /// <summary>How many bytes of content there will be, or null when nobody says.</summary>
    static long? LengthOf(AwsRequest request, PayloadProof proof)
    {
        if (!proof.IsChunked)
        {
            var length = request.Http.Request.ContentLength ?? throw BucketErrors.MissingLength.AsException();
            return length <= MaxBytes ? length : throw BucketErrors.TooLarge.AsException();
        }

        if (request.GivenHeader("x-amz-decoded-content-length") is not { } text)
            throw BucketErrors.MissingLength.AsException();
        if (!long.TryParse(text, System.Globalization.NumberStyles.None, null, out var decoded))
            throw BucketErrors.InvalidArgument("The decoded content length is no number.", "x-amz-decoded-content-length", null).AsException();
        return decoded <= MaxBytes ? decoded : throw BucketErrors.TooLarge.AsException();
    }

    static byte[]? Md5Of(AwsRequest request)
    {
        if (request.Header("Content-MD5") is not { } text)
            return null;
        var bytes = new byte[16];
        return text.Length == 24 && Convert.TryFromBase64String(text, bytes, out var length) && length == 16
            ? bytes
            : throw BucketErrors.InvalidDigest.AsException();
    }
}
