using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record UpdateCapacityProviderRequest(CapacityProviderScalingConfig? CapacityProviderScalingConfig);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCapacityProvider.html</summary>
static class UpdateCapacityProvider
{
    public static OperationModel Model { get; } = new(
        Path("CapacityProviderName", LambdaShapes.CapacityProviderName),
        Body("CapacityProviderScalingConfig", CreateCapacityProvider.ScalingConfig));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, CapacityProviderCatalog providers, TimeProvider time)
    {
        var known = NamedCapacityProvider.Require(request, providers);
        var given = request.Read(FunctionsJson.Default.UpdateCapacityProviderRequest).CapacityProviderScalingConfig;
        var updated = await providers.ChangeAsync(known.Key, current => current is null
            ? throw CapacityProviderErrors.NotFound(known.Arn).AsException()
            : current with
            {
                Scaling = new CapacityProviderScalingConfig(
                    given?.MaxVCpuCount ?? current.Scaling.MaxVCpuCount, given?.ScalingMode ?? current.Scaling.ScalingMode,
                    given?.ScalingPolicies ?? (given?.ScalingMode == "Auto" ? null : current.Scaling.ScalingPolicies)),
                LastModified = time.GetUtcNow(),
            });
        return CapacityProviderResponse.Answer(updated!, "Active", 202);
    }
}
