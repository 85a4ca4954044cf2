using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record PlacedFunctionVersion(string FunctionArn, string State);

public sealed record ListFunctionVersionsByCapacityProviderResponse(
    string CapacityProviderArn, IReadOnlyList<PlacedFunctionVersion> FunctionVersions, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionVersionsByCapacityProvider.html</summary>
static class ListFunctionVersionsByCapacityProvider
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxFiftyListItems),
        Path("CapacityProviderName", LambdaShapes.CapacityProviderName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, CapacityProviderCatalog providers, FunctionCatalog functions)
    {
        var provider = NamedCapacityProvider.Require(request, providers);
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = functions.List(request.AccountId, request.Region).Values
            .SelectMany(function => function.Runnable())
            .Where(version => version.IsPublished && version.RunsOn(provider.Arn))
            .Select(version => (Place: $"{version.Name}:{version.Version.PadLeft(10, '0')}", Version: version))
            .Where(item => string.CompareOrdinal(item.Place, start) >= 0)
            .OrderBy(item => item.Place, StringComparer.Ordinal)
            .Take(size + 1).ToList();
        return AwsResult.Json(
            new ListFunctionVersionsByCapacityProviderResponse(
                provider.Arn,
                [.. page.Take(size).Select(item => new PlacedFunctionVersion($"{item.Version.FunctionArn}:{item.Version.Version}", item.Version.State))],
                page.Count > size ? Paging.MarkerOf(page[size].Place) : null),
            FunctionsJson.Wire.ListFunctionVersionsByCapacityProviderResponse);
    }
}
