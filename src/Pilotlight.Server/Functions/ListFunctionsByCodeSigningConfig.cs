using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListFunctionsByCodeSigningConfigResponse(IReadOnlyList<string> FunctionArns, string? NextMarker);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html</summary>
static class ListFunctionsByCodeSigningConfig
{
    const int PageSize = 50;

    public static OperationModel Model { get; } = new(
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxListItems),
        Path("CodeSigningConfigArn", LambdaShapes.CodeSigningConfigArn));

    public static ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        var arn = request.Path("CodeSigningConfigArn");
        if (services.Find(request, arn) is null)
            return AwsResult.Refused(CodeSigningErrors.NotFound(arn));
        var start = Paging.Start(request);
        var size = Paging.Size(request, PageSize);
        var page = services.FunctionsOf(request, arn)
            .Where(function => string.CompareOrdinal(function.Name, start) >= 0).Take(size + 1).ToList();
        return AwsResult.Json(
            new ListFunctionsByCodeSigningConfigResponse(
                [.. page.Take(size).Select(function => function.Latest.FunctionArn)], page.Count > size ? Paging.MarkerOf(page[size].Name) : null),
            CodeSigningJson.Wire.ListFunctionsByCodeSigningConfigResponse);
    }
}
