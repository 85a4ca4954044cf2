using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html</summary>
static class CreateAuthorizer
{
    const int Most = 10;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        ApiAuthorizer? made = null;
        await services.ChangeAsync(request, api =>
        {
            if (api.Authorizers.Count >= Most)
                throw ApiErrors.TooMany("authorizers").AsException();
            made = AuthorizerRules.Patched(api, new ApiAuthorizer { AuthorizerId = HttpApi.NewId(6) }, request, services);
            return api with { Authorizers = [.. api.Authorizers, made] };
        });
        return AwsResult.Json(made!, HttpApisJson.Wire.ApiAuthorizer, 201);
    }
}
