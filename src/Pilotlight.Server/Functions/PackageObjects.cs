using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>Reads an object that holds a package, in the name of whoever sent the request; else S3's error. What keeps objects provides it.</summary>
/// <param name="version">Null for the newest.</param>
/// <param name="maxBytes">A larger one is refused with <c>EntityTooLarge</c>.</param>
public delegate Task<(ReadOnlyMemory<byte> Bytes, AwsError? Error)> PackageObjects(
    AwsRequest request, string bucket, string key, string? version, long maxBytes);
