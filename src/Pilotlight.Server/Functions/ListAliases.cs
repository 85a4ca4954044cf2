using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListAliasesResponse(IReadOnlyList<AliasConfiguration> Aliases, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html</summary>
static class ListAliases
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("FunctionVersion", LambdaShapes.VersionWithLatestPublished),
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxListItems),
        Path("FunctionName", LambdaShapes.FunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (catalog.Find(reference.Key) is not { } function)
            return AwsResult.Refused(reference.NotFoundUnqualified);
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var version = request.Query("FunctionVersion");
        var page = function.Aliases.Values
            .Where(alias => (version is null || alias.FunctionVersion == version) && string.CompareOrdinal(alias.Name, start) >= 0)
            .Take(size + 1).ToList();
        return AwsResult.Json(
            new ListAliasesResponse(
                [.. page.Take(size).Select(alias => AliasConfiguration.Of(alias, reference))],
                page.Count > size ? Paging.MarkerOf(page[size].Name) : null),
            FunctionsJson.Wire.ListAliasesResponse);
    }
}
