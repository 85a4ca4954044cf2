using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid.html</summary>
static class GetAuthorizer
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(AuthorizerRules.Find(services.Find(request), request.Path("AuthorizerId")), HttpApisJson.Wire.ApiAuthorizer);
}
