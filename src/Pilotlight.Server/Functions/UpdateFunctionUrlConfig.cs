using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html. What is not given stays; <c>Cors {}</c> removes it.</summary>
static class UpdateFunctionUrlConfig
{
    public static OperationModel Model { get; } = FunctionUrls.ModelWith(Body("AuthType", LambdaShapes.FunctionUrlAuthType));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, FunctionUrlOptions options, TimeProvider time)
    {
        var (reference, changed) = await FunctionUrls.PutAsync(request, catalog, (function, reference, input) =>
            function.UrlOf(reference.Qualifier) is not { } url ? throw FunctionUrls.UrlNotFound.AsException() : url with
            {
                AuthType = input.AuthType ?? url.AuthType,
                Cors = input.Cors is null ? url.Cors : FunctionUrls.Checked(input.Cors),
                InvokeMode = input.InvokeMode ?? url.InvokeMode,
                LastModified = time.GetUtcNow(),
            });
        var shown = FunctionUrls.Show(changed, reference, options, request.Http.Request) with { InvokeMode = changed.InvokeMode };
        return AwsResult.Json(shown, FunctionsJson.Wire.FunctionUrlConfig);
    }
}
