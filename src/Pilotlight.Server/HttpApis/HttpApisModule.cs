using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Storage;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>HTTP APIs (API Gateway v2).</summary>
public static class HttpApisModule
{
    const int MaxControlBody = 1024 * 1024;

    extension(IServiceCollection services)
    {
        public IServiceCollection AddHttpApis(HttpApisOptions options)
        {
            services.AddSingleton(options).AddSingleton<HttpApiStore>().AddSingleton<HttpApiCatalog>().AddSingleton<ApiServices>();
            services.AddSingleton<IErasable>(provider => provider.GetRequiredService<HttpApiCatalog>());
            services.AddHostedService(provider => provider.GetRequiredService<HttpApiCatalog>());
            services.AddSingleton<IJudgedResource, JudgedApi>();
            services.AddSingleton<ApiInvoker>().AddSingleton<HttpProxy>().AddSingleton<ApiBackends>().AddSingleton<LambdaAuthorizers>().AddSingleton<JwtAuthorizers>().AddSingleton<ApiAccess>();
            return services.AddSingleton<ApiEndpoint>();
        }
    }

    extension(WebApplication app)
    {
        /// <summary>Before routing: an API's paths are its own, whatever the platform has there.</summary>
        public void UseHttpApis()
        {
            var endpoint = app.Services.GetRequiredService<ApiEndpoint>();
            app.Use(next => http => UrlAddress.Of(http.Request, ApiEndpoint.Form) is { } address ? endpoint.ServeAsync(http, address) : next(http));
        }

        public void MapHttpApis()
        {
            const string apis = "/v2/apis";
            const string api = apis + "/{ApiId}";
            const string routes = api + "/routes";
            const string route = routes + "/{RouteId}";
            const string integrations = api + "/integrations";
            const string integration = integrations + "/{IntegrationId}";
            const string authorizers = api + "/authorizers";
            const string authorizer = authorizers + "/{AuthorizerId}";
            const string stages = api + "/stages";
            const string stage = stages + "/{StageName}";
            const string deployments = api + "/deployments";
            const string deployment = deployments + "/{DeploymentId}";
            const string tags = "/v2/tags/{ResourceArn}";
            var services = app.Services.GetRequiredService<ApiServices>();

            Map("POST", apis, "CreateApi", ApiModel.CreateApi, CreateApi.Handle);
            Map("GET", apis, "GetApis", ApiModel.Page, GetApis.Handle);
            Map("GET", api, "GetApi", ApiModel.Nothing, GetApi.Handle);
            Map("PATCH", api, "UpdateApi", ApiModel.UpdateApi, UpdateApi.Handle);
            Map("DELETE", api, "DeleteApi", ApiModel.Nothing, DeleteApi.Handle);
            Map("DELETE", api + "/cors", "DeleteCorsConfiguration", ApiModel.Nothing, DeleteCorsConfiguration.Handle);
            Map("POST", routes, "CreateRoute", ApiModel.CreateRoute, CreateRoute.Handle);
            Map("GET", routes, "GetRoutes", ApiModel.Page, GetRoutes.Handle);
            Map("GET", route, "GetRoute", ApiModel.Nothing, GetRoute.Handle);
            Map("PATCH", route, "UpdateRoute", ApiModel.UpdateRoute, UpdateRoute.Handle);
            Map("DELETE", route, "DeleteRoute", ApiModel.Nothing, DeleteRoute.Handle);
            Map("POST", integrations, "CreateIntegration", ApiModel.CreateIntegration, CreateIntegration.Handle);
            Map("GET", integrations, "GetIntegrations", ApiModel.Page, GetIntegrations.Handle);
            Map("GET", integration, "GetIntegration", ApiModel.Nothing, GetIntegration.Handle);
            Map("PATCH", integration, "UpdateIntegration", ApiModel.UpdateIntegration, UpdateIntegration.Handle);
            Map("DELETE", integration, "DeleteIntegration", ApiModel.Nothing, DeleteIntegration.Handle);
            Map("POST", authorizers, "CreateAuthorizer", ApiModel.CreateAuthorizer, CreateAuthorizer.Handle);
            Map("GET", authorizers, "GetAuthorizers", ApiModel.Page, GetAuthorizers.Handle);
            Map("GET", authorizer, "GetAuthorizer", ApiModel.Nothing, GetAuthorizer.Handle);
            Map("PATCH", authorizer, "UpdateAuthorizer", ApiModel.UpdateAuthorizer, UpdateAuthorizer.Handle);
            Map("DELETE", authorizer, "DeleteAuthorizer", ApiModel.Nothing, DeleteAuthorizer.Handle);
            Map("DELETE", stage + "/cache/authorizers", "ResetAuthorizersCache", ApiModel.Nothing, ResetAuthorizersCache.Handle);
            Map("POST", stages, "CreateStage", ApiModel.CreateStage, CreateStage.Handle);
            Map("GET", stages, "GetStages", ApiModel.Page, GetStages.Handle);
            Map("GET", stage, "GetStage", ApiModel.Nothing, GetStage.Handle);
            Map("PATCH", stage, "UpdateStage", ApiModel.UpdateStage, UpdateStage.Handle);
            Map("DELETE", stage, "DeleteStage", ApiModel.Nothing, DeleteStage.Handle);
            Map("DELETE", stage + "/routesettings/{RouteKey}", "DeleteRouteSettings", ApiModel.Nothing, DeleteRouteSettings.Handle);
            Map("DELETE", stage + "/accesslogsettings", "DeleteAccessLogSettings", ApiModel.Nothing, DeleteAccessLogSettings.Handle);
            Map("POST", deployments, "CreateDeployment", ApiModel.Deployment, CreateDeployment.Handle);
            Map("GET", deployments, "GetDeployments", ApiModel.Page, GetDeployments.Handle);
            Map("GET", deployment, "GetDeployment", ApiModel.Nothing, GetDeployment.Handle);
            Map("PATCH", deployment, "UpdateDeployment", ApiModel.Deployment, UpdateDeployment.Handle);
            Map("DELETE", deployment, "DeleteDeployment", ApiModel.Nothing, DeleteDeployment.Handle);
            Map("GET", tags, "GetTags", ApiModel.Nothing, GetTags.Handle);
            Map("POST", tags, "TagResource", ApiModel.Tags, TagResource.Handle);
            Map("DELETE", tags, "UntagResource", ApiModel.Nothing, UntagResource.Handle);

            void Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ApiServices, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.ApiGateway, method, path, name, request => handle(request, services))
                    .Requires($"apigateway:{method}", ResourceOf).LimitsBody(MaxControlBody)
                    .Validates(request => model.Validate(request) is { } bad ? ApiErrors.Bad(bad.Message) : null);
        }
    }

    /// <summary>API Gateway's actions are verbs, and their resources the paths of its own API.</summary>
    static string ResourceOf(AwsRequest request)
    {
        var path = request.Http.Request.Path.Value!["/v2".Length..].TrimEnd('/');
        return request.Http.Request.RouteValues.ContainsKey("ResourceArn")
            ? $"arn:aws:apigateway:{request.Region}::/tags/{Uri.EscapeDataString(request.Path("ResourceArn"))}"
            : $"arn:aws:apigateway:{request.Region}::{path}";
    }
}
