using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html</summary>
static class DeleteFunctionUrlConfig
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        await catalog.ChangeAsync(reference.Key, current => current?.UrlOf(reference.Qualifier) is null
            ? throw FunctionUrls.UrlNotFound.AsException()
            : current.WithUrl(reference.Qualifier, null));
        return AwsResult.Empty(204);
    }
}
