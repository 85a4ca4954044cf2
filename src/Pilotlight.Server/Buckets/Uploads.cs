using System.Globalization;
using System.Security.Cryptography;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html</summary>
static class CreateMultipartUpload
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var address = request.Address;
        var bucket = services.Store.Get(address.Bucket);
        ObjectHeaders.CheckKey(address.Key);
        var head = ObjectHeaders.Read(request);
        var (algorithm, type) = ChecksumOf(request);
        var upload = await services.Store.CreateUploadAsync(
            bucket, address.Key, new UploadHead(head, algorithm, type, request.AccountId, request.Caller.Arn));
        var headers = request.Http.Response.Headers;
        headers["x-amz-server-side-encryption"] = "AES256";
        ObjectHeaders.WriteAbort(request, bucket, upload);
        if (algorithm is not null)
        {
            headers["x-amz-checksum-algorithm"] = algorithm;
            headers["x-amz-checksum-type"] = type;
        }

        return BucketXml.Answer(request, "InitiateMultipartUploadResult", (xml, _) =>
        {
            xml.Text("Bucket", bucket.Name);
            xml.Text("Key", address.Key);
            xml.Text("UploadId", upload.Id);
        });
    }

    static (string? Algorithm, string? Type) ChecksumOf(AwsRequest request)
    {
        var type = request.GivenHeader("x-amz-checksum-type")?.ToUpperInvariant();
        if (request.GivenHeader("x-amz-checksum-algorithm") is not { } name)
        {
            return type is null
                ? (null, null)
                : throw BucketErrors.InvalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.").AsException();
        }

        if (ChecksumAlgorithm.Find(name) is not { } algorithm)
            throw BucketErrors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]").AsException();
        if (type is not (null or ObjectChecksum.Full or ObjectChecksum.Composite))
            throw BucketErrors.InvalidRequest("Value for x-amz-checksum-type header is invalid.").AsException();
        type ??= ChecksumAlgorithm.DefaultType(algorithm);
        return ChecksumAlgorithm.Allows(algorithm, type)
            ? (algorithm, type)
            : throw BucketErrors.InvalidRequest($"The {type} checksum type cannot be used with the {algorithm.ToLowerInvariant()} checksum algorithm.").AsException();
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html</summary>
static class UploadPartOperation
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var number = NumberOf(request);
        var upload = services.Store.GetUpload(bucket, request.Address.Key, request.Query("uploadId") ?? "");
        var body = await services.Intake.ReceiveAsync(request, upload.Head.ChecksumAlgorithm ?? ChecksumAlgorithm.Default);
        await StoreAsync(services, bucket, upload, number, body);
        var headers = request.Http.Response.Headers;
        headers.ETag = $"\"{body.Md5}\"";
        headers["x-amz-server-side-encryption"] = "AES256";
        headers[ChecksumAlgorithm.HeaderOf(body.Algorithm)] = body.Checksum;
        return AwsResult.Empty(200);
    }

    public static async Task StoreAsync(BucketServices services, Bucket bucket, Upload upload, int number, ReceivedBody body)
    {
        try
        {
            if (upload.Head.ChecksumAlgorithm is { } algorithm && algorithm != body.Algorithm)
                throw BucketErrors.InvalidRequest($"Checksum Type mismatch occurred, expected checksum Type: {algorithm.ToLowerInvariant()}, actual checksum Type: {body.Algorithm.ToLowerInvariant()}").AsException();
            var file = body.Files.Count == 0 ? "" : body.Files[0].Name;
            await services.Store.PutPartAsync(
                bucket, upload, new UploadPart(number, body.Size, body.Md5, services.Time.GetUtcNow(), file, upload.Head.ChecksumAlgorithm is null ? null : body.Checksum));
        }
        catch
        {
            services.Intake.Files.Delete(body.Files);
            throw;
        }
    }

    public static int NumberOf(AwsRequest request) =>
        int.TryParse(request.Query("partNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 10_000
            ? number
            : throw BucketErrors.InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", request.Query("partNumber")).AsException();
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html</summary>
static class UploadPartCopy
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var number = UploadPartOperation.NumberOf(request);
        var upload = services.Store.GetUpload(bucket, request.Address.Key, request.Query("uploadId") ?? "");
        var source = CopySource.Of(request);
        var (original, lease) = source.Open(request, services);
        ReceivedBody body;
        using (lease)
        {
            var range = RangeOf(request, original.Size);
            using var reader = new BodyReader(services.Intake.Files, original.Body, range, lease);
            body = await services.Intake.StoreAsync(reader.ReadAsync, upload.Head.ChecksumAlgorithm ?? ChecksumAlgorithm.Default, request.Aborted);
        }

        await UploadPartOperation.StoreAsync(services, bucket, upload, number, body);
        CopyObject.WriteSourceVersion(request, services, source, original);
        return BucketXml.Answer(request, "CopyPartResult", (xml, _) =>
        {
            xml.Text("LastModified", ListXml.Time(services.Time.GetUtcNow()));
            xml.Text("ETag", $"\"{body.Md5}\"");
            if (upload.Head.ChecksumAlgorithm is { } algorithm)
                xml.Text($"Checksum{algorithm}", body.Checksum);
        });
    }

    static ByteRange RangeOf(AwsRequest request, long size)
    {
        if (request.GivenHeader("x-amz-copy-source-range") is not { } text)
            return new ByteRange(0, size);
        var range = ByteRange.Of(text, size, out var isSatisfiable);
        var isWhole = text.StartsWith("bytes=", StringComparison.Ordinal) && text.Split('-') is [['b', 'y', 't', 'e', 's', '=', _, ..], [_, ..] last]
            && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var end) && (end < size || size == 0);
        if (isSatisfiable && range is null)
            throw BucketErrors.InvalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range", text).AsException();
        return isSatisfiable && isWhole ? range!.Value : throw BucketErrors.InvalidArgument(
            $"Range specified is not valid for source object of size: {size}", "x-amz-copy-source-range", text).AsException();
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html</summary>
static class AbortMultipartUpload
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        await services.Store.AbortAsync(services.Store.Get(request.Address.Bucket), request.Address.Key, request.Query("uploadId") ?? "");
        return AwsResult.Empty(204);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html</summary>
static class ListParts
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var upload = services.Store.GetUpload(bucket, request.Address.Key, request.Query("uploadId") ?? "");
        var limit = ListXml.LimitOf(request, "max-parts");
        var marker = ListXml.LimitOf(request, "part-number-marker") is var given && request.Query("part-number-marker") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var all = services.Store.PartsOf(upload).Where(part => part.Number > marker).ToList();
        var page = all.Take(limit).ToList();
        ObjectHeaders.WriteAbort(request, bucket, upload);
        return BucketXml.Answer(request, "ListPartsResult", (xml, _) =>
        {
            xml.Text("Bucket", bucket.Name);
            xml.Text("Key", upload.Key);
            xml.Text("UploadId", upload.Id);
            xml.Number("PartNumberMarker", marker);
            if (page.Count > 0)
                xml.Number("NextPartNumberMarker", page[^1].Number);
            xml.Number("MaxParts", limit);
            xml.Flag("IsTruncated", all.Count > page.Count);
            foreach (var part in page)
            {
                xml.Structure("Part", item =>
                {
                    item.Number("PartNumber", part.Number);
                    item.Text("LastModified", ListXml.Time(part.Modified));
                    item.Text("ETag", $"\"{part.ETag}\"");
                    if (upload.Head.ChecksumAlgorithm is { } algorithm)
                        item.Text($"Checksum{algorithm}", part.Checksum);
                    item.Number("Size", part.Size);
                });
            }

            WriteUploader(xml, bucket, upload);
        });
    }

    public static void WriteUploader(QueryXml xml, Bucket bucket, Upload upload)
    {
        xml.Structure("Initiator", initiator => initiator.Text("ID", upload.Head.Initiator));
        Owner.Write(xml, bucket.AccountId);
        xml.Text("StorageClass", upload.Head.Object.StorageClass);
        xml.Text("ChecksumAlgorithm", upload.Head.ChecksumAlgorithm);
        xml.Text("ChecksumType", upload.Head.ChecksumType);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html</summary>
static class ListMultipartUploads
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var list = new ListXml(request);
        var limit = ListXml.LimitOf(request, "max-uploads");
        var keyMarker = request.Query("key-marker") ?? "";
        var uploadMarker = keyMarker.Length > 0 && request.Query("upload-id-marker") is { Length: > 0 } marker ? marker : null;
        var page = services.Store.ListUploads(bucket, new ListQuery(list.Prefix, list.Delimiter, keyMarker, limit), uploadMarker);
        return BucketXml.Answer(request, "ListMultipartUploadsResult", (xml, _) =>
        {
            xml.Text("Bucket", bucket.Name);
            xml.Text("KeyMarker", list.Key(keyMarker));
            xml.Text("UploadIdMarker", uploadMarker ?? "");
            if (page.IsTruncated)
            {
                xml.Text("NextKeyMarker", list.Key(page.Uploads.Count > 0 ? page.Uploads[^1].Key : page.CommonPrefixes.LastOrDefault()));
                xml.Text("NextUploadIdMarker", page.Uploads.Count > 0 ? page.Uploads[^1].Id : null);
            }

            xml.Text("Prefix", list.Key(list.Prefix));
            xml.Text("Delimiter", list.Key(list.Delimiter));
            xml.Number("MaxUploads", limit);
            xml.Text("EncodingType", list.EncodingType);
            xml.Flag("IsTruncated", page.IsTruncated);
            foreach (var upload in page.Uploads)
            {
                xml.Structure("Upload", item =>
                {
                    item.Text("Key", list.Key(upload.Key));
                    item.Text("UploadId", upload.Id);
                    item.Text("Initiated", ListXml.Time(upload.Initiated));
                    ListParts.WriteUploader(item, bucket, upload);
                });
            }

            list.CommonPrefixes(xml, page.CommonPrefixes);
        });
    }
}
