using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html</summary>
static class DeleteCodeSigningConfig
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, CodeSigningServices services)
    {
        var arn = request.Path("CodeSigningConfigArn");
        if (services.Find(request, arn) is null)
            return CodeSigningErrors.NotFound(arn);
        await services.Catalog.ChangeAsync(arn, current =>
        {
            if (current is null)
                throw CodeSigningErrors.NotFound(arn).AsException();
            return services.FunctionsOf(request, arn).Any() ? throw CodeSigningErrors.InUse(arn).AsException() : null;
        });
        return AwsResult.Empty(204);
    }
}
