using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListVersionsResponse(IReadOnlyList<FunctionConfiguration> Versions, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html</summary>
static class ListVersionsByFunction
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxListItems));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (catalog.Find(reference.Key) is not { } function)
            return AwsResult.Refused(reference.NotFoundUnqualified);
        var start = Paging.Start(request);
        if (!int.TryParse(start.Length == 0 ? "-1" : start, out var first))
            return AwsResult.Refused(Paging.InvalidMarker);
        var size = Paging.Size(request, PageSize);
        var page = Items(function).SkipWhile(item => item.Number < first).Take(size + 1).ToList();
        var next = page.Count > size ? Paging.MarkerOf(page[size].Number.ToString()) : null;
        return AwsResult.Json(
            new ListVersionsResponse(
                [.. page.Take(size).Select(item => FunctionConfiguration.Listed(item.Version, $"{reference.Arn}:{item.Version.Version}"))], next),
            FunctionsJson.Wire.ListVersionsResponse);
    }

    static IEnumerable<(int Number, FunctionVersion Version)> Items(Function function)
    {
        yield return (-1, function.Latest);
        if (function.LatestPublished is { } published)
            yield return (0, published);
        foreach (var (number, version) in function.Published)
            yield return (number, version);
    }
}
