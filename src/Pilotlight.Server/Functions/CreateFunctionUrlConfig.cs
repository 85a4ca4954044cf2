using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html</summary>
static class CreateFunctionUrlConfig
{
    public static OperationModel Model { get; } = FunctionUrls.ModelWith(RequiredBody("AuthType", LambdaShapes.FunctionUrlAuthType));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, FunctionUrlOptions options, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var (reference, url) = await FunctionUrls.PutAsync(request, catalog, (function, reference, input) =>
        {
            if (function.Latest.Tenancy is not null)
                throw FunctionUrls.NoTenants.AsException();
            if (function.UrlOf(reference.Qualifier) is not null)
                throw FunctionUrls.Exists(reference.QualifiedArn).AsException();
            return new FunctionUrl
            {
                Id = FunctionUrl.NewId(),
                AuthType = input.AuthType!,
                Cors = FunctionUrls.Checked(input.Cors),
                InvokeMode = input.InvokeMode,
                CreationTime = now,
                LastModified = now,
            };
        });
        var shown = FunctionUrls.Show(url, reference, options, request.Http.Request) with { LastModifiedTime = null, InvokeMode = url.InvokeMode };
        return AwsResult.Json(shown, FunctionsJson.Wire.FunctionUrlConfig, 201);
    }
}
