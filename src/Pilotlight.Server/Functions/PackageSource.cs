using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>The package that a request brings.</summary>
static class PackageSource
{
    /// <exception cref="AwsException">There is none, it lies where nothing can be read yet, or it is no good.</exception>
    public static Task<PackageLease> TakeAsync(FunctionCode code, PackageStore packages, CancellationToken cancellation)
    {
        if (code.ZipFile is { } zip)
            return code is { S3Bucket: null, S3Key: null, S3ObjectVersion: null }
                ? packages.AddAsync(zip, cancellation)
                : throw PackageErrors.TwoSources.AsException();
        throw (code is { S3Bucket: not null, S3Key: not null } ? PackageErrors.NoSuchBucket : PackageErrors.NoSource).AsException();
    }

    /// <summary>An image is only named: there is nothing to fetch it from.</summary>
    /// <exception cref="AwsException">The name is none.</exception>
    public static PackageLease OfImage(FunctionCode code)
    {
        var image = ImageSource.Of(code.ImageUri ?? "");
        return new PackageLease(image.Digest, 0, Stream.Null) { ImageUri = image.Uri };
    }
}
