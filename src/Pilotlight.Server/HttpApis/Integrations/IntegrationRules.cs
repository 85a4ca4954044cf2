using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>What an integration must be like.</summary>
static class IntegrationRules
{
    static readonly string[] s_methods = [ServedRoute.AnyMethod, "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

    static readonly string[] s_members =
    [
        "connectionType", "credentialsArn", "description", "integrationMethod", "integrationType", "integrationUri", "payloadFormatVersion", "timeoutInMillis",
    ];

    /// <exception cref="AwsException">There is none.</exception>
    public static ApiIntegration Find(HttpApi api, string id) =>
        api.Integrations.FirstOrDefault(integration => integration.IntegrationId == id) ?? throw ApiErrors.Unknown("Integration", id).AsException();

    /// <exception cref="AwsException">It is none that this platform has.</exception>
    public static void Check(ApiIntegration integration, AwsRequest request, ApiServices services)
    {
        if (integration.ConnectionType == "VPC_LINK")
            throw ApiErrors.NotHere("VPC links are").AsException();
        if (integration.IntegrationType is not (ApiIntegration.Function or ApiIntegration.Address))
        {
            throw ApiErrors.Bad(
                "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)").AsException();
        }

        if (integration.PayloadFormatVersion is null)
            throw ApiErrors.Bad("PayloadFormatVersion is a required parameter for integration").AsException();
        if (integration.IntegrationType == ApiIntegration.Address)
        {
            CheckAddress(integration);
            return;
        }

        if (!FunctionUri.IsFunction(integration.IntegrationUri))
            throw ApiErrors.Bad("Invalid function ARN or invalid uri").AsException();
        if (integration.PayloadFormatVersion is not ("1.0" or "2.0"))
            throw ApiErrors.Bad("Payload format version must be one of [1.0, 2.0]").AsException();
        services.CheckRole(request, integration.CredentialsArn);
    }

    static void CheckAddress(ApiIntegration integration)
    {
        if (!ProxyUri.IsAddress(integration.IntegrationUri))
            throw ApiErrors.Bad("Invalid HTTP endpoint specified for URI").AsException();
        if (integration.IntegrationMethod is null)
            throw ApiErrors.Bad("HttpMethod must be specified for HTTP_PROXY integrations").AsException();
        if (!s_methods.Contains(integration.IntegrationMethod))
            throw ApiErrors.Bad($"Invalid HTTP method specified: {integration.IntegrationMethod}").AsException();
        if (integration.PayloadFormatVersion != "1.0")
            throw ApiErrors.Bad("HTTP_PROXY integrations only support payload format version 1.0").AsException();
        // It is a function's: nobody wears a role to reach an address.
        if (integration.CredentialsArn is not null)
            throw ApiErrors.Bad("Credentials are not supported for HTTP_PROXY integrations").AsException();
    }

    public static ApiIntegration Patched(ApiIntegration integration, AwsRequest request, ApiServices services)
    {
        var body = request.Json();
        if (ApiRules.Text(body, "integrationSubtype") is not null)
            throw ApiErrors.NotHere("Integrations with AWS services (IntegrationSubtype) are").AsException();
        foreach (var map in (ReadOnlySpan<string>)["requestParameters", "responseParameters"])
        {
            if (body.TryGetProperty(map, out var given) && given.ValueKind == System.Text.Json.JsonValueKind.Object && given.EnumerateObject().Any())
                throw ApiErrors.NotHere("Parameter mappings are").AsException();
        }

        var patched = ApiPatch.Apply(integration, body, HttpApisJson.Default.ApiIntegration, s_members);
        Check(patched, request, services);
        // As API Gateway shows it: functions are invoked by POST, whatever the request is.
        return patched.IntegrationType == ApiIntegration.Function ? patched with { IntegrationMethod = "POST" } : patched;
    }
}
