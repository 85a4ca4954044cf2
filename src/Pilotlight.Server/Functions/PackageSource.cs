using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>The package that a request brings.</summary>
static class PackageSource
{
    /// <exception cref="AwsException">There is none, it lies where nothing can be read yet, or it is no good.</exception>
    public static Task<PackageLease> TakeAsync(FunctionCode code, PackageStore packages, CancellationToken cancellation)
    {
        if (code.ZipFile is { } zip)
            return packages.AddAsync(zip, cancellation);
        throw (code.S3Bucket is not null ? PackageErrors.NoSuchBucket : PackageErrors.NoSource).AsException();
    }
}
