using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html</summary>
static class CreateFunctionUrlConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.FunctionUrlQualifier),
        Path("FunctionName", LambdaShapes.FunctionName),
        RequiredBody("AuthType", LambdaShapes.FunctionUrlAuthType),
        Body("Cors", FunctionUrls.CorsShape),
        Body("InvokeMode", LambdaShapes.InvokeMode));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, FunctionUrlOptions options, TimeProvider time)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.FunctionUrlRequest);
        var now = time.GetUtcNow();
        FunctionUrl? url = null;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (!FunctionUrls.CanHaveUrl(current, reference.Qualifier))
                throw FunctionUrls.FunctionNotFound.AsException();
            if (current!.Latest.Tenancy is not null)
                throw FunctionUrls.NoTenants.AsException();
            if (current.UrlOf(reference.Qualifier) is not null)
                throw FunctionUrls.Exists(reference.QualifiedArn).AsException();
            url = new FunctionUrl
            {
                Id = FunctionUrl.NewId(),
                AuthType = input.AuthType!,
                Cors = FunctionUrls.Checked(input.Cors),
                InvokeMode = input.InvokeMode,
                CreationTime = now,
                LastModified = now,
            };
            return current.WithUrl(reference.Qualifier, url);
        });
        var shown = FunctionUrls.Show(url!, reference, options, request.Http.Request) with { LastModifiedTime = null, InvokeMode = url!.InvokeMode };
        return AwsResult.Json(shown, FunctionsJson.Wire.FunctionUrlConfig, 201);
    }
}
