using Pilotlight.Api;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        void MapLayers()
        {
            const string layers = "/2018-10-31/layers";
            const string versions = layers + "/{LayerName}/versions";
            const string version = versions + "/{VersionNumber}";
            const string policy = version + "/policy";
            var services = app.Services.GetRequiredService<LayerServices>();

            var list = Map("GET", layers, "ListLayers", ListLayers.Model, request => ListLayers.Handle(request, services))
                .Requires("lambda:ListLayers");
            list.OrWhenQuery("find", "LayerVersion", app.MapVariant(
                    AwsService.Lambda, "GetLayerVersionByArn", request => GetLayerVersionByArn.Handle(request, services))
                .Requires("lambda:GetLayerVersion", GetLayerVersionByArn.ResourceOf).Validates(GetLayerVersionByArn.Model.Validate));
            Map("GET", versions, "ListLayerVersions", ListLayerVersions.Model, request => ListLayerVersions.Handle(request, services))
                .Requires("lambda:ListLayerVersions");
            Map("POST", versions, "PublishLayerVersion", PublishLayerVersion.Model, request => PublishLayerVersion.Handle(request, services))
                .Requires("lambda:PublishLayerVersion", LayerReference.LayerOf).LimitsBody(CreateFunction.MaxBodyBytes);
            OnVersion("GET", version, "GetLayerVersion", LayerShapes.OneVersion, request => GetLayerVersion.Handle(request, services));
            OnVersion("DELETE", version, "DeleteLayerVersion", LayerShapes.OneVersion, request => DeleteLayerVersion.Handle(request, services));
            OnVersion("POST", policy, "AddLayerVersionPermission", AddLayerVersionPermission.Model,
                request => AddLayerVersionPermission.Handle(request, services));
            OnVersion("GET", policy, "GetLayerVersionPolicy", LayerShapes.OneVersion, request => GetLayerVersionPolicy.Handle(request, services));
            OnVersion("DELETE", policy + "/{StatementId}", "RemoveLayerVersionPermission", RemoveLayerVersionPermission.Model,
                request => RemoveLayerVersionPermission.Handle(request, services));

            AwsOperation Map(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, path, name, handle).Validates(model.Validate);

            AwsOperation OnVersion(string method, string path, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                Map(method, path, name, model, handle).Requires($"lambda:{name}", LayerReference.VersionOf);
        }
    }
}
