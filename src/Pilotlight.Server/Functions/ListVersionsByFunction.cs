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
        if (!int.TryParse(start.Length == 0 ? "0" : start, out var first))
            return AwsResult.Refused(Paging.InvalidMarker);
        var size = Paging.Size(request, PageSize);
        var page = function.Published.Prepend(new(0, function.Latest)).SkipWhile(item => item.Key < first).Take(size + 1).ToList();
        var next = page.Count > size ? Paging.MarkerOf(page[size].Key.ToString()) : null;
        return AwsResult.Json(
            new ListVersionsResponse(
                [.. page.Take(size).Select(item => FunctionConfiguration.Listed(item.Value, $"{reference.Arn}:{item.Value.Version}"))], next),
            FunctionsJson.Wire.ListVersionsResponse);
    }
}
