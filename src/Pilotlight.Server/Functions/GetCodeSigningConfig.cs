using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html</summary>
static class GetCodeSigningConfig
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services) =>
        services.Find(request, request.Path("CodeSigningConfigArn")) is { } config
            ? CreateCodeSigningConfig.Answer(config)
            : AwsResult.Refused(CodeSigningErrors.NotFound(request.Path("CodeSigningConfigArn")));
}
