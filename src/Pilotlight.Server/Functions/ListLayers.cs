using Pilotlight.Api;

namespace Pilotlight.Functions;

public sealed record LayersListItem(string LayerName, string LayerArn, LayerVersionsListItem LatestMatchingVersion);

public sealed record ListLayersResponse(IReadOnlyList<LayersListItem> Layers, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html</summary>
static class ListLayers
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(LayerShapes.Filters);

    public static ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = services.Catalog.List(request.AccountId, request.Region).Values
            .Where(layer => string.CompareOrdinal(layer.Key.Name, start) >= 0)
            .Select(layer => layer.Versions.Values.LastOrDefault(version =>
                version.Suits(request.Query("CompatibleRuntime"), request.Query("CompatibleArchitecture"))))
            .OfType<LayerVersion>().Take(size + 1).ToList();
        var next = page.Count > size ? Paging.MarkerOf(page[size].Name) : null;
        return AwsResult.Json(
            new ListLayersResponse(
                [.. page.Take(size).Select(version => new LayersListItem(version.Name, version.Key.Arn, LayerVersionsListItem.Of(version)))], next),
            LayersJson.Wire.ListLayersResponse);
    }
}
