using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>CreateIntegration, GetIntegration, GetIntegrations, UpdateIntegration, DeleteIntegration.</summary>
static class Integrations
{
    const int Most = 300;

    static readonly string[] s_members =
    [
        "connectionType", "credentialsArn", "description", "integrationMethod", "integrationType", "integrationUri", "payloadFormatVersion", "timeoutInMillis",
    ];

    public static async ValueTask<AwsResult> Create(AwsRequest request, ApiServices services)
    {
        ApiIntegration? made = null;
        await services.ChangeAsync(request, api =>
        {
            if (api.Integrations.Count >= Most)
                throw new AwsError(429, "TooManyRequestsException", "Max number of integrations exceeded").WithoutType().AsException();
            made = Patched(new ApiIntegration { IntegrationId = HttpApi.NewId() }, request, services);
            return api with { Integrations = [.. api.Integrations, made] };
        });
        return AwsResult.Json(made!, HttpApisJson.Wire.ApiIntegration, 201);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, ApiServices services) =>
        AwsResult.Json(Find(services.Find(request), request.Path("IntegrationId")), HttpApisJson.Wire.ApiIntegration);

    public static ValueTask<AwsResult> List(AwsRequest request, ApiServices services) => AwsResult.Json(
        ApiServices.Page(request, services.Find(request).Integrations, static integration => integration.IntegrationId),
        HttpApisJson.Wire.ApiPageApiIntegration);

    public static async ValueTask<AwsResult> Update(AwsRequest request, ApiServices services)
    {
        ApiIntegration? changed = null;
        await services.ChangeAsync(request, api =>
        {
            var before = Find(api, request.Path("IntegrationId"));
            changed = Patched(before, request, services);
            return api with { Integrations = [.. api.Integrations.Select(integration => ReferenceEquals(integration, before) ? changed : integration)] };
        });
        return AwsResult.Json(changed!, HttpApisJson.Wire.ApiIntegration);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = Find(api, request.Path("IntegrationId"));
            if (api.Routes.FirstOrDefault(route => route.Target == $"integrations/{gone.IntegrationId}") is { } user)
                throw ApiErrors.Conflict($"Cannot delete Integration '{gone.IntegrationId}'. Route '{user.RouteId}' is using it").AsException();
            return api with { Integrations = [.. api.Integrations.Where(integration => !ReferenceEquals(integration, gone))] };
        });
        return AwsResult.Empty(204);
    }

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
            throw ApiErrors.NotHere("Integrations with HTTP endpoints (HTTP_PROXY) are").AsException();
        if (!FunctionUri.IsFunction(integration.IntegrationUri))
            throw ApiErrors.Bad("Invalid function ARN or invalid uri").AsException();
        if (integration.PayloadFormatVersion is not ("1.0" or "2.0"))
            throw ApiErrors.Bad("Payload format version must be one of [1.0, 2.0]").AsException();
        services.CheckRole(request, integration.CredentialsArn);
    }

    static ApiIntegration Patched(ApiIntegration integration, AwsRequest request, ApiServices services)
    {
        var body = request.Json();
        if (Apis.Text(body, "integrationSubtype") is not null)
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
