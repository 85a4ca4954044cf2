using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html</summary>
static class GetFunctionCodeSigningConfig
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        if (CodeSignedFunction.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        var function = CodeSignedFunction.Require(services.Functions.Find(reference.Key), reference);
        return CodeSignedFunction.Answer(function.CodeSigningConfigArn, function.Name);
    }
}
