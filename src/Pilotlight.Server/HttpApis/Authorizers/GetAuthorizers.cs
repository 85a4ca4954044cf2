using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html</summary>
static class GetAuthorizers
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) => AwsResult.Json(
        ApiServices.Page(request, services.Find(request).Authorizers, static authorizer => authorizer.AuthorizerId), HttpApisJson.Wire.ApiPageApiAuthorizer);
}
