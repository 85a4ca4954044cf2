using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record LayerVersionContentOutput(
    string Location, string CodeSha256, long CodeSize, string? SigningProfileVersionArn, string? SigningJobArn);

/// <summary>A layer version as PublishLayerVersion and both Get operations answer.</summary>
public sealed record LayerVersionResponse
{
    public required LayerVersionContentOutput Content { get; init; }
    public required string LayerArn { get; init; }
    public required string LayerVersionArn { get; init; }
    public required string Description { get; init; }
    public required string CreatedDate { get; init; }
    public required long Version { get; init; }
    public IReadOnlyList<string>? CompatibleRuntimes { get; init; }
    public string? LicenseInfo { get; init; }
    public IReadOnlyList<string>? CompatibleArchitectures { get; init; }

    internal static LayerVersionResponse Of(LayerVersion version, AwsRequest request, CodeLinks links) => new()
    {
        Content = new LayerVersionContentOutput(
            links.UrlOf(version.CodeHash, request.Http.Request), Convert.ToBase64String(Convert.FromHexString(version.CodeHash)),
            version.CodeSizeBytes, version.Signature?.ProfileVersionArn, version.Signature?.JobArn),
        LayerArn = version.Key.Arn,
        LayerVersionArn = version.Arn,
        Description = version.Description,
        CreatedDate = Timestamps.Format(version.CreatedDate),
        Version = version.Number,
        CompatibleRuntimes = version.CompatibleRuntimes,
        LicenseInfo = version.LicenseInfo,
        CompatibleArchitectures = version.CompatibleArchitectures,
    };
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html</summary>
static class GetLayerVersion
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var reference = LayerReference.Of(request);
        return reference.Number < 1 ? AwsResult.Refused(LayerErrors.NumberTooSmall) : Show(request, reference, services);
    }

    public static AwsResult Show(AwsRequest request, LayerReference reference, LayerServices services) =>
        reference.Key.Region == request.Region && services.Catalog.Find(reference.Key, reference.Number) is { } version
            ? AwsResult.Json(LayerVersionResponse.Of(version, request, services.Links), LayersJson.Wire.LayerVersionResponse)
            : AwsResult.Refused(PolicyErrors.NoResource);
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html</summary>
static class GetLayerVersionByArn
{
    public static OperationModel Model { get; } = new(RequiredQuery("Arn", "Arn", LayerShapes.VersionArn));

    public static string ResourceOf(AwsRequest request) => request.Query("Arn") ?? "*";

    public static ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var reference = LayerReference.TryParse(request.Query("Arn")!)!.Value;
        return reference.Number < 1 ? AwsResult.Refused(LayerErrors.NumberTooSmall) : GetLayerVersion.Show(request, reference, services);
    }
}
