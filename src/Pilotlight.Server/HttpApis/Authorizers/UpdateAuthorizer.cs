using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid.html</summary>
static class UpdateAuthorizer
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        ApiAuthorizer? changed = null;
        await services.ChangeAsync(request, api =>
        {
            var before = AuthorizerRules.Find(api, request.Path("AuthorizerId"));
            changed = AuthorizerRules.Patched(api, before, request, services);
            return api with { Authorizers = [.. api.Authorizers.Select(authorizer => ReferenceEquals(authorizer, before) ? changed : authorizer)] };
        });
        return AwsResult.Json(changed!, HttpApisJson.Wire.ApiAuthorizer);
    }
}
