using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record GetFunctionResponse(
    FunctionConfiguration Configuration, FunctionCodeLocation Code, IReadOnlyDictionary<string, string>? Tags,
    FunctionConcurrency? Concurrency);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html</summary>
static class GetFunction
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, CodeLinks links)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (catalog.Find(reference.Key) is not { } function || function.Show(reference.Qualifier) is not { } version)
            return AwsResult.Refused(reference.NotFound);
        return AwsResult.Json(
            new GetFunctionResponse(
                FunctionConfiguration.Of(version, reference.QualifiedArn),
                version.ImageUri is { } image
                    ? new FunctionCodeLocation("ECR", null, image, ImageSource.Of(image).Resolved)
                    : new FunctionCodeLocation("S3", links.UrlOf(version.CodeHash, request.Http.Request), SourceKMSKeyArn: version.SourceKmsKeyArn),
                function.Tags.Count == 0 ? null : function.Tags,
                function.ReservedConcurrency is { } reserved ? new FunctionConcurrency(reserved) : null),
            FunctionsJson.Wire.GetFunctionResponse);
    }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html</summary>
static class GetFunctionConfiguration
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key)?.Show(reference.Qualifier) is { } version
            ? AwsResult.Json(FunctionConfiguration.Of(version, reference.QualifiedArn), FunctionsJson.Wire.FunctionConfiguration)
            : AwsResult.Refused(reference.NotFound);
    }
}
