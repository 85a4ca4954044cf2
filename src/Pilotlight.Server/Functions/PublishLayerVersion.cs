using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record LayerVersionContentInput(byte[]? ZipFile, string? S3Bucket, string? S3Key, string? S3ObjectVersion);

public sealed record PublishLayerVersionRequest
{
    public required LayerVersionContentInput Content { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string>? CompatibleRuntimes { get; init; }
    public IReadOnlyList<string>? CompatibleArchitectures { get; init; }
    public string? LicenseInfo { get; init; }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html</summary>
static class PublishLayerVersion
{
    public static OperationModel Model { get; } = new(
        Path("LayerName", LambdaShapes.LayerName),
        RequiredBody("Content", LayerShapes.Content),
        Body("Description", LambdaShapes.Description),
        Body("CompatibleRuntimes", LayerShapes.CompatibleRuntimes),
        Body("CompatibleArchitectures", LayerShapes.CompatibleArchitectures),
        Body("LicenseInfo", LambdaShapes.LicenseInfo));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var key = LayerReference.Of(request).Key;
        if (key.Region != request.Region)
            return LayerErrors.OtherRegion(request.Region);
        var input = request.Read(LayersJson.Default.PublishLayerVersionRequest);
        var code = new FunctionCode
        {
            ZipFile = input.Content.ZipFile,
            S3Bucket = input.Content.S3Bucket,
            S3Key = input.Content.S3Key,
            S3ObjectVersion = input.Content.S3ObjectVersion,
        };
        using var package = await PackageSource.TakeAsync(request, code, services.Packages, services.Objects);
        // Not refused here, whatever it is: a layer has no configuration. Functions that have one look again.
        var signature = services.Signatures.Check(package.Hash, null, key.Arn);
        var layer = await services.Catalog.ChangeAsync(key, current =>
        {
            var number = (current?.LastVersionNumber ?? 0) + 1;
            var version = new LayerVersion
            {
                AccountId = key.AccountId,
                Region = key.Region,
                Name = key.Name,
                Number = number,
                CodeHash = package.Hash,
                CodeSizeBytes = package.SizeBytes,
                UnzippedBytes = services.Packages.UnzippedBytesOf(package.Hash),
                CreatedDate = services.Time.GetUtcNow(),
                Description = input.Description ?? "",
                CompatibleRuntimes = input.CompatibleRuntimes,
                CompatibleArchitectures = input.CompatibleArchitectures,
                LicenseInfo = input.LicenseInfo,
                Signature = signature,
            };
            current ??= new Layer(key);
            return current with { LastVersionNumber = number, Versions = current.Versions.Add(number, version) };
        });
        var published = layer!.Versions[layer.LastVersionNumber];
        return AwsResult.Json(LayerVersionResponse.Of(published, request, services.Links), LayersJson.Wire.LayerVersionResponse, 201);
    }
}
