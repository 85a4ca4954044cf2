using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html. What is not given stays; <c>Cors {}</c> removes it.</summary>
static class UpdateFunctionUrlConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.FunctionUrlQualifier),
        Path("FunctionName", LambdaShapes.FunctionName),
        Body("AuthType", LambdaShapes.FunctionUrlAuthType),
        Body("Cors", FunctionUrls.CorsShape),
        Body("InvokeMode", LambdaShapes.InvokeMode));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, FunctionUrlOptions options, TimeProvider time)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.FunctionUrlRequest);
        FunctionUrl? changed = null;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (!FunctionUrls.CanHaveUrl(current, reference.Qualifier))
                throw FunctionUrls.FunctionNotFound.AsException();
            if (current!.UrlOf(reference.Qualifier) is not { } url)
                throw FunctionUrls.UrlNotFound.AsException();
            changed = url with
            {
                AuthType = input.AuthType ?? url.AuthType,
                Cors = input.Cors is null ? url.Cors : FunctionUrls.Checked(input.Cors),
                InvokeMode = input.InvokeMode ?? url.InvokeMode,
                LastModified = time.GetUtcNow(),
            };
            return current.WithUrl(reference.Qualifier, changed);
        });
        var shown = FunctionUrls.Show(changed!, reference, options, request.Http.Request) with { InvokeMode = changed!.InvokeMode };
        return AwsResult.Json(shown, FunctionsJson.Wire.FunctionUrlConfig);
    }
}
