using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html</summary>
static class GetFunctionUrlConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.FunctionUrlQualifier), Path("FunctionName", LambdaShapes.FunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, FunctionUrlOptions options)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key)?.UrlOf(reference.Qualifier) is { } url
            ? AwsResult.Json(FunctionUrls.Show(url, reference, options, request.Http.Request), FunctionsJson.Wire.FunctionUrlConfig)
            : AwsResult.Refused(FunctionUrls.UrlNotFound);
    }
}
