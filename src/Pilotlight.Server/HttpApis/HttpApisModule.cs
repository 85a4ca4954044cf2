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
            services.AddSingleton<ApiInvoker>().AddSingleton<LambdaAuthorizers>().AddSingleton<JwtAuthorizers>().AddSingleton<ApiAccess>();
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

            Map("POST", apis, "CreateApi", ApiModel.CreateApi, Apis.Create);
            Map("GET", apis, "GetApis", ApiModel.Page, Apis.List);
            Map("GET", api, "GetApi", ApiModel.Nothing, Apis.Get);
            Map("PATCH", api, "UpdateApi", ApiModel.UpdateApi, Apis.Update);
            Map("DELETE", api, "DeleteApi", ApiModel.Nothing, Apis.Delete);
            Map("DELETE", api + "/cors", "DeleteCorsConfiguration", ApiModel.Nothing, Apis.DeleteCors);
            Map("POST", routes, "CreateRoute", ApiModel.CreateRoute, Routes.Create);
            Map("GET", routes, "GetRoutes", ApiModel.Page, Routes.List);
            Map("GET", route, "GetRoute", ApiModel.Nothing, Routes.Get);
            Map("PATCH", route, "UpdateRoute", ApiModel.UpdateRoute, Routes.Update);
            Map("DELETE", route, "DeleteRoute", ApiModel.Nothing, Routes.Delete);
            Map("POST", integrations, "CreateIntegration", ApiModel.CreateIntegration, Integrations.Create);
            Map("GET", integrations, "GetIntegrations", ApiModel.Page, Integrations.List);
            Map("GET", integration, "GetIntegration", ApiModel.Nothing, Integrations.Get);
            Map("PATCH", integration, "UpdateIntegration", ApiModel.UpdateIntegration, Integrations.Update);
            Map("DELETE", integration, "DeleteIntegration", ApiModel.Nothing, Integrations.Delete);
            Map("POST", authorizers, "CreateAuthorizer", ApiModel.CreateAuthorizer, Authorizers.Create);
            Map("GET", authorizers, "GetAuthorizers", ApiModel.Page, Authorizers.List);
            Map("GET", authorizer, "GetAuthorizer", ApiModel.Nothing, Authorizers.Get);
            Map("PATCH", authorizer, "UpdateAuthorizer", ApiModel.UpdateAuthorizer, Authorizers.Update);
            Map("DELETE", authorizer, "DeleteAuthorizer", ApiModel.Nothing, Authorizers.Delete);
            Map("DELETE", stage + "/cache/authorizers", "ResetAuthorizersCache", ApiModel.Nothing, Authorizers.ResetCache);
            Map("POST", stages, "CreateStage", ApiModel.CreateStage, Stages.Create);
            Map("GET", stages, "GetStages", ApiModel.Page, Stages.List);
            Map("GET", stage, "GetStage", ApiModel.Nothing, Stages.Get);
            Map("PATCH", stage, "UpdateStage", ApiModel.UpdateStage, Stages.Update);
            Map("DELETE", stage, "DeleteStage", ApiModel.Nothing, Stages.Delete);
            Map("DELETE", stage + "/routesettings/{RouteKey}", "DeleteRouteSettings", ApiModel.Nothing, Stages.DeleteRouteSettings);
            Map("DELETE", stage + "/accesslogsettings", "DeleteAccessLogSettings", ApiModel.Nothing, Stages.DeleteAccessLogSettings);
            Map("POST", deployments, "CreateDeployment", ApiModel.Deployment, Deployments.Create);
            Map("GET", deployments, "GetDeployments", ApiModel.Page, Deployments.List);
            Map("GET", deployment, "GetDeployment", ApiModel.Nothing, Deployments.Get);
            Map("PATCH", deployment, "UpdateDeployment", ApiModel.Deployment, Deployments.Update);
            Map("DELETE", deployment, "DeleteDeployment", ApiModel.Nothing, Deployments.Delete);
            Map("GET", tags, "GetTags", ApiModel.Nothing, ApiTags.Get);
            Map("POST", tags, "TagResource", ApiModel.Tags, ApiTags.Tag);
            Map("DELETE", tags, "UntagResource", ApiModel.Nothing, ApiTags.Untag);

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
