using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html</summary>
static class CopyObject
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var address = request.Address;
        var bucket = services.Store.Get(address.Bucket);
        ObjectHeaders.CheckKey(address.Key);
        var given = ObjectHeaders.Read(request);
        var replacesHead = Directive(request, "x-amz-metadata-directive");
        var replacesTags = Directive(request, "x-amz-tagging-directive");
        var condition = Preconditions.OfWrite(request);
        var wanted = request.GivenHeader("x-amz-checksum-algorithm");
        var algorithm = wanted is null ? null : ChecksumAlgorithm.Find(wanted)
            ?? throw BucketErrors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]").AsException();
        var source = CopySource.Of(request);
        var (original, lease) = source.Open(request, services);
        StoredObject stored;
        using (lease)
        {
            if (original.Size > BodyIntake.MaxBytes)
                throw BucketErrors.InvalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120").AsException();
            if (IsIdle(request, source, address, replacesHead, given, original))
                throw BucketErrors.InvalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.").AsException();
            var head = (replacesHead ? given : original.Head) with
            {
                Tags = replacesTags ? given.Tags : original.Head.Tags,
                StorageClass = given.StorageClass,
                Redirect = given.Redirect,
            };
            using var body = new BodyReader(services.Intake.Files, original.Body, new ByteRange(0, original.Size), lease);
            var copy = await services.Intake.StoreAsync(
                body.ReadAsync, algorithm ?? original.Head.Checksum?.Algorithm ?? ChecksumAlgorithm.Default, request.Aborted);
            stored = await PutObject.StoreAsync(
                services, bucket, address.Key, head, copy, condition, new ObjectEvent(ObjectEvent.Copied, ChangeOrigin.Of(request)));
        }

        WriteSourceVersion(request, services, source, original);
        ObjectHeaders.WriteVersion(request, bucket, stored.Version == StoredObject.NullVersion ? null : stored.Version);
        ObjectHeaders.WriteExpiration(request, bucket, stored);
        request.Http.Response.Headers["x-amz-server-side-encryption"] = "AES256";
        return BucketXml.Answer(request, "CopyObjectResult", (xml, _) =>
        {
            xml.Text("LastModified", ListXml.Time(stored.Modified));
            xml.Text("ETag", stored.QuotedETag);
            if (stored.Head.Checksum is { } checksum)
            {
                xml.Text(checksum.Element, checksum.Value);
                xml.Text("ChecksumType", checksum.Type);
            }
        });
    }

    public static void WriteSourceVersion(AwsRequest request, BucketServices services, CopySource source, StoredObject original)
    {
        if (services.Store.Find(source.Bucket) is { Settings.Versioning: not Versioning.Never })
            request.Http.Response.Headers["x-amz-copy-source-version-id"] = original.Version;
    }

    static bool Directive(AwsRequest request, string header) => request.GivenHeader(header) switch
    {
        null or "COPY" => false,
        "REPLACE" => true,
        var other => throw BucketErrors.InvalidArgument(
            header == "x-amz-metadata-directive" ? "Unknown metadata directive." : "Unknown tagging directive.", header, other).AsException(),
    };

    static bool IsIdle(AwsRequest request, CopySource source, BucketAddress target, bool replacesHead, ObjectHead given, StoredObject original) =>
        source.Bucket == target.Bucket && source.Key == target.Key && source.Version is null && !replacesHead
        && given.StorageClass == original.Head.StorageClass && given.Redirect == original.Head.Redirect
        && request.GivenHeader("x-amz-server-side-encryption") is null && request.GivenHeader("x-amz-checksum-algorithm") is null;
}
