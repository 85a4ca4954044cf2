using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid.html</summary>
static class DeleteAuthorizer
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = AuthorizerRules.Find(api, request.Path("AuthorizerId"));
            if (api.Routes.FirstOrDefault(route => route.AuthorizerId == gone.AuthorizerId) is { } user)
                throw ApiErrors.Conflict($"Cannot delete authorizer '{gone.AuthorizerId}', is referenced in route: {user.RouteId}").AsException();
            return api with { Authorizers = [.. api.Authorizers.Where(authorizer => !ReferenceEquals(authorizer, gone))] };
        });
        return AwsResult.Empty(204);
    }
}
