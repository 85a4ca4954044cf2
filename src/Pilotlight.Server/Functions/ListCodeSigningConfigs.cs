using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListCodeSigningConfigsResponse(IReadOnlyList<CodeSigningConfigItem> CodeSigningConfigs, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html</summary>
static class ListCodeSigningConfigs
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(Query("Marker", LambdaShapes.Text), Query("MaxItems", LambdaShapes.MaxListItems));

    public static ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = services.Catalog.List(request.AccountId, request.Region)
            .Where(config => string.CompareOrdinal(config.Id, start) >= 0).Take(size + 1).ToList();
        return AwsResult.Json(
            new ListCodeSigningConfigsResponse(
                [.. page.Take(size).Select(CodeSigningConfigItem.Of)], page.Count > size ? Paging.MarkerOf(page[size].Id) : null),
            CodeSigningJson.Wire.ListCodeSigningConfigsResponse);
    }
}
