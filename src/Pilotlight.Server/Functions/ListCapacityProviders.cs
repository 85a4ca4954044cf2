using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListCapacityProvidersResponse(IReadOnlyList<ShownCapacityProvider> CapacityProviders, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListCapacityProviders.html</summary>
static class ListCapacityProviders
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("State", new StringShape { Enum = ["Pending", "Active", "Failed", "Deleting"] }),
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxFiftyListItems));

    public static ValueTask<AwsResult> Handle(AwsRequest request, CapacityProviderCatalog providers)
    {
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = request.Query("State") is null or "Active"
            ? providers.List(request.AccountId, request.Region)
                .Where(provider => string.CompareOrdinal(provider.Name, start) >= 0).Take(size + 1).ToList()
            : [];
        return AwsResult.Json(
            new ListCapacityProvidersResponse(
                [.. page.Take(size).Select(provider => ShownCapacityProvider.Of(provider, "Active"))],
                page.Count > size ? Paging.MarkerOf(page[size].Name) : null),
            FunctionsJson.Wire.ListCapacityProvidersResponse);
    }
}
