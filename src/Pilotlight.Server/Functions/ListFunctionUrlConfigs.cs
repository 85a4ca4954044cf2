using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListFunctionUrlConfigsResponse(IReadOnlyList<FunctionUrlConfig> FunctionUrlConfigs, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html: the function's own URL, then those of its aliases.</summary>
static class ListFunctionUrlConfigs
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxItems),
        Path("FunctionName", LambdaShapes.FunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, FunctionUrlOptions options)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (catalog.Find(reference.Key) is not { } function)
            return AwsResult.Refused(FunctionUrls.FunctionNotFound);
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = function.Urls.OrderBy(url => url.Key, StringComparer.Ordinal)
            .SkipWhile(url => string.CompareOrdinal(url.Key, start) < 0).Take(size + 1).ToList();
        return AwsResult.Json(
            new ListFunctionUrlConfigsResponse(
                [
                    .. page.Take(size).Select(url => FunctionUrls.Show(
                        url.Value, reference with { Qualifier = url.Key.Length > 0 ? url.Key : null }, options, request.Http.Request)),
                ],
                page.Count > size ? Paging.MarkerOf(page[size].Key) : null),
            FunctionsJson.Wire.ListFunctionUrlConfigsResponse);
    }
}
