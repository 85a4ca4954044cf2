using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html</summary>
static class DeleteFunctionCodeSigningConfig
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        if (CodeSignedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        await services.Functions.ChangeAsync(reference.Key, current =>
        {
            var function = CodeSignedFunction.Require(current, reference);
            return function.CodeSigningConfigArn is null ? function : function with { CodeSigningConfigArn = null };
        });
        return AwsResult.Empty(204);
    }
}
