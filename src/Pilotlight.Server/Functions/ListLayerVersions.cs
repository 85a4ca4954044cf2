using System.Globalization;
using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record LayerVersionsListItem
{
    public required string LayerVersionArn { get; init; }
    public required long Version { get; init; }
    public required string Description { get; init; }
    public required string CreatedDate { get; init; }
    public IReadOnlyList<string>? CompatibleRuntimes { get; init; }
    public string? LicenseInfo { get; init; }
    public IReadOnlyList<string>? CompatibleArchitectures { get; init; }

    internal static LayerVersionsListItem Of(LayerVersion version) => new()
    {
        LayerVersionArn = version.Arn,
        Version = version.Number,
        Description = version.Description,
        CreatedDate = Timestamps.Format(version.CreatedDate),
        CompatibleRuntimes = version.CompatibleRuntimes,
        LicenseInfo = version.LicenseInfo,
        CompatibleArchitectures = version.CompatibleArchitectures,
    };
}

public sealed record ListLayerVersionsResponse(IReadOnlyList<LayerVersionsListItem> LayerVersions, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html</summary>
static class ListLayerVersions
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new([.. LayerShapes.Filters, Path("LayerName", LambdaShapes.LayerName)]);

    /// <summary>The newest first. Of another account's layer, those versions that are open to the caller's.</summary>
    public static ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var first = long.MaxValue;
        var start = Paging.Start(request);
        if (start.Length > 0 && !long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out first))
            return AwsResult.Refused(Paging.InvalidMarker);
        var size = Paging.Size(request, PageSize);
        var key = LayerReference.Of(request).Key;
        var layer = key.Region == request.Region ? services.Catalog.Find(key) : null;
        var page = (layer?.Versions.Values.Reverse() ?? [])
            .Where(version => version.Number <= first && version.Suits(request.Query("CompatibleRuntime"), request.Query("CompatibleArchitecture"))
                && (version.AccountId == request.AccountId || services.Authorizer.Check(request, "lambda:GetLayerVersion", version.Arn) is null))
            .Take(size + 1).ToList();
        var next = page.Count > size ? Paging.MarkerOf(page[size].Number.ToString(CultureInfo.InvariantCulture)) : null;
        return AwsResult.Json(
            new ListLayerVersionsResponse([.. page.Take(size).Select(LayerVersionsListItem.Of)], next), LayersJson.Wire.ListLayerVersionsResponse);
    }
}
