using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html. The object keeps the files of its parts, one behind
/// the other.
/// </summary>
static class CompleteMultipartUpload
{
    public const int MaxBodyBytes = 4 * 1024 * 1024;
    const long MinPartBytes = 5 * 1024 * 1024;
    const long MaxObjectBytes = 5L * 1024 * 1024 * 1024 * 1024;
    const int MaxParts = 10_000;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var address = request.Address;
        var bucket = services.Store.Get(address.Bucket);
        var upload = services.Store.GetUpload(bucket, address.Key, request.Query("uploadId") ?? "");
        var named = ReadParts(request);
        var (algorithm, claimed, type) = ChecksumOf(request, upload);
        // A checksum of the whole is of bytes that lie in many files, so they are read once more, before the transaction.
        var full = type == ObjectChecksum.Full
            ? await ComputeAsync(services, algorithm, Choose(upload, services.Store.PartsOf(upload), named), request.Aborted)
            : null;
        if (full is not null && claimed is not null && full != claimed)
            throw new AwsError(400, "BadDigest", $"The {algorithm} you specified did not match the calculated checksum.").AsException();
        var stored = await services.Store.CompleteAsync(
            bucket, upload, Preconditions.OfWrite(request), new ObjectEvent(ObjectEvent.Completed, ChangeOrigin.Of(request)),
            parts => Make(upload, Choose(upload, parts, named), algorithm, type, full, claimed));
        request.Http.Response.Headers["x-amz-server-side-encryption"] = "AES256";
        ObjectHeaders.WriteVersion(request, bucket, stored.Version == StoredObject.NullVersion ? null : stored.Version);
        ObjectHeaders.WriteExpiration(request, bucket, stored);
        return BucketXml.Answer(request, "CompleteMultipartUploadResult", (xml, _) =>
        {
            xml.Text("Location", $"{request.Http.Request.Scheme}://{request.Http.Request.Host.Value}/{bucket.Name}/{Uri.EscapeDataString(address.Key)}");
            xml.Text("Bucket", bucket.Name);
            xml.Text("Key", address.Key);
            xml.Text("ETag", stored.QuotedETag);
            if (stored.Head.Checksum is { } checksum)
            {
                xml.Text(checksum.Element, checksum.Value);
                xml.Text("ChecksumType", checksum.Type);
            }
        });
    }

    sealed record NamedPart(int Number, string ETag, XElement Element);

    static List<NamedPart> ReadParts(AwsRequest request)
    {
        var parts = BucketXml.Read(request, "CompleteMultipartUpload").Children("Part").Select(static part => new NamedPart(
            int.TryParse(part.Required("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw BucketErrors.MalformedXml.AsException(),
            part.Required("ETag").Trim().Trim('"'), part)).ToList();
        if (parts.Count is 0 or > MaxParts)
            throw BucketErrors.MalformedXml.AsException();
        for (var index = 1; index < parts.Count; index++)
        {
            if (parts[index].Number <= parts[index - 1].Number)
                throw BucketErrors.InvalidPartOrder.AsException();
        }

        return parts;
    }

    /// <summary>The parts that were named, which must be there as they were named.</summary>
    static List<UploadPart> Choose(Upload upload, IReadOnlyList<UploadPart> parts, List<NamedPart> named)
    {
        var known = parts.ToDictionary(static part => part.Number);
        var chosen = new List<UploadPart>(named.Count);
        foreach (var name in named)
        {
            if (!known.TryGetValue(name.Number, out var part) || part.ETag != name.ETag)
            {
                throw (BucketErrors.InvalidPart with
                {
                    Members = [("UploadId", upload.Id), ("PartNumber", name.Number.ToString(CultureInfo.InvariantCulture)), ("ETag", name.ETag)],
                }).AsException();
            }

            if (upload.Head.ChecksumAlgorithm is { } algorithm && name.Element.Text($"Checksum{algorithm}") is { } checksum && checksum != part.Checksum)
                throw BucketErrors.InvalidPart.AsException();
            chosen.Add(part);
        }

        if (chosen.Take(chosen.Count - 1).FirstOrDefault(static part => part.Size < MinPartBytes) is { } small)
        {
            throw (new AwsError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size") with
            {
                Members =
                [
                    ("ProposedSize", small.Size.ToString(CultureInfo.InvariantCulture)), ("MinSizeAllowed", "5242880"),
                    ("PartNumber", small.Number.ToString(CultureInfo.InvariantCulture)), ("ETag", small.ETag),
                ],
            }).AsException();
        }

        return chosen.Sum(static part => part.Size) <= MaxObjectBytes ? chosen : throw BucketErrors.TooLarge.AsException();
    }

    static (string Algorithm, string? Claimed, string Type) ChecksumOf(AwsRequest request, Upload upload)
    {
        var algorithm = upload.Head.ChecksumAlgorithm ?? ChecksumAlgorithm.Default;
        var type = upload.Head.ChecksumType ?? ObjectChecksum.Full;
        if (request.GivenHeader("x-amz-checksum-type") is { } asked && !asked.Equals(type, StringComparison.OrdinalIgnoreCase))
            throw BucketErrors.InvalidRequest($"The upload was created using the {type} checksum mode. The complete request must use the same checksum mode.").AsException();
        return (algorithm, request.GivenHeader(ChecksumAlgorithm.HeaderOf(algorithm)), type);
    }

    static async Task<string> ComputeAsync(BucketServices services, string algorithm, List<UploadPart> parts, CancellationToken cancellation)
    {
        var body = BodyOf(parts);
        using var computation = new ChecksumComputation(algorithm);
        if (services.Intake.Files.TryLease(body) is not { } lease)
            throw BucketErrors.InvalidPart.AsException();
        using var reader = new BodyReader(services.Intake.Files, body, new ByteRange(0, body.Sum(static file => file.Size)), lease);
        var buffer = new byte[128 * 1024];
        while (await reader.ReadAsync(buffer, cancellation) is > 0 and var read)
            computation.Append(buffer.AsSpan(0, read));
        return computation.Finish();
    }

    static StoredObject Make(Upload upload, List<UploadPart> parts, string algorithm, string type, string? full, string? claimed)
    {
        var checksum = full ?? ChecksumAlgorithm.Composite(algorithm, [.. parts.Select(static part => part.Checksum!)]);
        if (full is null && claimed is not null && claimed != checksum && claimed != checksum[..checksum.LastIndexOf('-')])
            throw new AwsError(400, "BadDigest", $"The {algorithm} you specified did not match the calculated checksum.").AsException();
        return new StoredObject
        {
            BucketId = upload.BucketId,
            Key = upload.Key,
            Size = parts.Sum(static part => part.Size),
            ETag = $"{Convert.ToHexStringLower(MD5.HashData([.. parts.SelectMany(static part => Convert.FromHexString(part.ETag))]))}-{parts.Count}",
            Body = BodyOf(parts),
            Head = upload.Head.Object with
            {
                Checksum = new ObjectChecksum(algorithm, checksum, type),
                Parts = [.. parts.Select(static part => new ObjectPart(part.Number, part.Size, part.Checksum))],
            },
        };
    }

    static List<BodyFile> BodyOf(List<UploadPart> parts) =>
        [.. parts.Where(static part => part.File.Length > 0).Select(static part => new BodyFile(part.File, part.Size))];
}
