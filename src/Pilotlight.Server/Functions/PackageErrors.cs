using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>Sizes that AWS allows a package. <c>MaxEntries</c> is ours: it bounds the inodes a small zip can ask for.</summary>
public sealed record PackageLimits
{
    public long MaxZippedBytes { get; init; } = 52_428_800;
    public long MaxUnzippedBytes { get; init; } = 262_144_000;
    public int MaxEntries { get; init; } = 100_000;

    /// <summary>How long a package outlives its last use: an invocation may know a version that was replaced a moment ago.</summary>
    public TimeSpan KeepUnused { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>AWS's words for packages it does not take.</summary>
static class PackageErrors
{
    public static AwsError NotAZip { get; } =
        AwsError.InvalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");

    public static AwsError Empty { get; } = AwsError.InvalidParameter("Uploaded file must be a non-empty zip");

    public static AwsError NoSource { get; } = AwsError.InvalidParameter("Please provide a source for function code.");

    public static AwsError TwoSources { get; } =
        AwsError.InvalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");

    /// <summary>What S3 said.</summary>
    public static AwsError NoObject(AwsError error) => AwsError.InvalidParameter(
        $"Error occurred while GetObject. S3 Error Code: {error.Code}. S3 Error Message: {error.Message}");

    public static AwsError ObjectDenied(string bucket, string key) => AwsError.AccessDenied(
        $"Your access has been denied by S3, please make sure your request credentials have permission to GetObject for {bucket}/{key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied");

    public static AwsError UnzippedTooLarge(long limit) => AwsError.InvalidParameter($"Unzipped size must be smaller than {limit} bytes");

    public static AwsError ZippedTooLarge(long limit) =>
        new(413, "RequestEntityTooLargeException", $"Zipped size must be smaller than {limit} bytes");
}
