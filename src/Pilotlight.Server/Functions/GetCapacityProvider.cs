using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetCapacityProvider.html</summary>
static class GetCapacityProvider
{
    public static OperationModel Model { get; } = new(Path("CapacityProviderName", LambdaShapes.CapacityProviderName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, CapacityProviderCatalog providers) =>
        CapacityProviderResponse.Answer(NamedCapacityProvider.Require(request, providers), "Active", 200);
}
