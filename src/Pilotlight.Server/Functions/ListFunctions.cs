using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListFunctionsResponse(IReadOnlyList<FunctionConfiguration> Functions, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html</summary>
static class ListFunctions
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("MasterRegion", LambdaShapes.MasterRegion),
        Query("FunctionVersion", LambdaShapes.FunctionVersion),
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxListItems));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        var (startName, startNumber) = Start(request);
        // It asks for the functions of Lambda@Edge that are replicated from there; none are.
        var none = request.Query("MasterRegion") is { Length: > 0 };
        var page = (none ? [] : catalog.List(request.AccountId, request.Region).AsEnumerable())
            .SkipWhile(function => string.CompareOrdinal(function.Key, startName) < 0)
            .SelectMany(function => Items(function.Value, request.Query("FunctionVersion") == "ALL"))
            .SkipWhile(item => item.Version.Name == startName && item.Number < startNumber)
            .Take(Paging.Size(request, PageSize) + 1)
            .ToList();
        string? next = null;
        if (page.Count > Paging.Size(request, PageSize))
        {
            next = Paging.MarkerOf($"{page[^1].Version.Name}:{page[^1].Number}");
            page.RemoveAt(page.Count - 1);
        }

        return AwsResult.Json(
            new ListFunctionsResponse([.. page.Select(item => FunctionConfiguration.Listed(item.Version, item.Arn))], next),
            FunctionsJson.Wire.ListFunctionsResponse);
    }

    static (string Name, int Number) Start(AwsRequest request)
    {
        var start = Paging.Start(request);
        if (start.Length == 0)
            return ("", -1);
        return start.Split(':') is [var name, var number] && int.TryParse(number, out var version)
            ? (name, version)
            : throw Paging.InvalidMarker.AsException();
    }

    static IEnumerable<(FunctionVersion Version, int Number, string Arn)> Items(Function function, bool everyVersion)
    {
        var latest = function.Latest;
        yield return (latest, -1, everyVersion ? $"{latest.FunctionArn}:{latest.Version}" : latest.FunctionArn);
        if (!everyVersion)
            yield break;
        if (function.LatestPublished is { } published)
            yield return (published, 0, $"{latest.FunctionArn}:{published.Version}");
        foreach (var (number, version) in function.Published)
            yield return (version, number, $"{version.FunctionArn}:{number}");
    }
}
