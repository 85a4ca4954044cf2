using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>The package that a request brings, or names.</summary>
static class PackageSource
{
    /// <summary>Where nobody keeps objects there is no bucket.</summary>
    public static PackageObjects NoObjects { get; } = static (_, _, _, _, _) => Task.FromResult<(ReadOnlyMemory<byte>, AwsError?)>(
        (ReadOnlyMemory<byte>.Empty, new AwsError(404, "NoSuchBucket", "The specified bucket does not exist")));

    /// <exception cref="AwsException">There is none, it cannot be read, or it is no good.</exception>
    public static async Task<PackageLease> TakeAsync(AwsRequest request, FunctionCode code, PackageStore packages, PackageObjects objects)
    {
        if (code.ZipFile is { } zip)
            return code is { S3Bucket: null, S3Key: null, S3ObjectVersion: null }
                ? await packages.AddAsync(zip, request.Aborted)
                : throw PackageErrors.TwoSources.AsException();
        if (code is not { S3Bucket: { } bucket, S3Key: { } key })
            throw PackageErrors.NoSource.AsException();
        var (bytes, error) = await objects(request, bucket, key, code.S3ObjectVersion, packages.Limits.MaxUnzippedBytes);
        return error switch
        {
            null => await packages.AddAsync(bytes, packages.Limits.MaxUnzippedBytes, request.Aborted),
            { Code: "AccessDenied" } => throw PackageErrors.ObjectDenied(bucket, key).AsException(),
            { Code: "EntityTooLarge" } => throw PackageErrors.UnzippedTooLarge(packages.Limits.MaxUnzippedBytes).AsException(),
            _ => throw PackageErrors.NoObject(error).AsException(),
        };
    }

    /// <summary>An image is only named: there is nothing to fetch it from.</summary>
    /// <exception cref="AwsException">The name is none.</exception>
    public static PackageLease OfImage(FunctionCode code)
    {
        var image = ImageSource.Of(code.ImageUri ?? "");
        return new PackageLease(image.Digest, 0, Stream.Null) { ImageUri = image.Uri };
    }
}
