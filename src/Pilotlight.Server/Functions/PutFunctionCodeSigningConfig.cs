using Pilotlight.Api;
using Pilotlight.Authorization;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record PutFunctionCodeSigningConfigRequest(string CodeSigningConfigArn);

/// <summary>Empty for a function that has none.</summary>
public sealed record FunctionCodeSigningConfigResponse(string? CodeSigningConfigArn, string? FunctionName);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html</summary>
static class PutFunctionCodeSigningConfig
{
    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        RequiredBody("CodeSigningConfigArn", LambdaShapes.CodeSigningConfigArn));

    /// <summary>The configuration, which is judged like the function. One of another account is not found, whoever asks.</summary>
    public static string? ConfigOf(AwsRequest request) =>
        request.Json().GetProperty("CodeSigningConfigArn").GetString() is { } arn && !ArnText.IsOfOther(arn, request.AccountId) ? arn : null;

    /// <summary>From now on: code that is deployed already keeps running.</summary>
    public static async ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        if (CodeSignedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        var arn = request.Read(CodeSigningJson.Default.PutFunctionCodeSigningConfigRequest).CodeSigningConfigArn;
        if (services.Find(request, arn) is null)
            return FunctionErrors.CodeSigningConfigNotFound(arn);
        await services.Functions.ChangeAsync(
            reference.Key, current => CodeSignedFunction.Require(current, reference) with { CodeSigningConfigArn = arn });
        return CodeSignedFunction.Answer(arn, reference.Name);
    }
}

/// <summary>What the operations on a function's code signing configuration have in common: they take no versions and no aliases.</summary>
static class CodeSignedFunction
{
    public static AwsError? Resolve(AwsRequest request, out FunctionReference reference)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out reference) is { } refused)
            return refused;
        return reference.Qualifier is null ? null : FunctionErrors.FunctionLevelOnly;
    }

    /// <exception cref="AwsException">There is no such function, or it is an image.</exception>
    public static Function Require(Function? function, FunctionReference reference)
    {
        if (function is null)
            throw reference.NotFoundUnqualified.AsException();
        return function.Latest.IsImage ? throw CodeSigningErrors.NotForImages.AsException() : function;
    }

    public static AwsResult Answer(string? arn, string name) => AwsResult.Json(
        new FunctionCodeSigningConfigResponse(arn, arn is null ? null : name), CodeSigningJson.Wire.FunctionCodeSigningConfigResponse);
}
