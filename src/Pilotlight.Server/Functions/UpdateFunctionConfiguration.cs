using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html</summary>
static class UpdateFunctionConfiguration
{
    public static OperationModel Model { get; } = new(
    [
        Path("FunctionName", LambdaShapes.FunctionName),
        Body("Role", LambdaShapes.RoleArn),
        .. LambdaStructures.ConfigurationMembers,
        Body("RevisionId", LambdaShapes.Text),
    ]);

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionServices services)
    {
        if (ChangedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.UpdateFunctionConfigurationRequest);
        ChangedFunction.Require(services.Catalog.Find(reference.Key), reference, input.RevisionId);
        if (ConfigurationRules.CheckRuntimeAndRole(input, request, services, reference.Arn) is { } unusable)
            return unusable;
        if (CapacityRules.CheckPass(request, input, services.Authorizer) is { } unpassed)
            return unpassed;
        var layers = LayerRules.Resolve(request, input.Layers, services);
        if (layers is not null)
            services.Signatures.Check(layers, services.Signatures.Require(request, services.Catalog.Find(reference.Key)?.CodeSigningConfigArn));
        var function = await services.Catalog.ChangeAsync(reference.Key, current =>
        {
            var function = ChangedFunction.Require(current, reference, input.RevisionId);
            var next = ConfigurationRules.Apply(CapacityRules.Update(function.Latest, input, services.CapacityProviders), input, layers);
            if (layers is not null)
                LayerRules.RequireRoom(next, services.Packages, services.Options.Packages);
            return FunctionStates.Updating(function, next, services.Time.GetUtcNow());
        });
        await services.Activator.ActivateAsync(reference.Key);
        return AwsResult.Json(FunctionConfiguration.Of(function!.Latest, reference.Arn), FunctionsJson.Wire.FunctionConfiguration);
    }
}
