using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html</summary>
static class RemoveLayerVersionPermission
{
    public static OperationModel Model { get; } = new(
        Query("RevisionId", LambdaShapes.Text),
        Path("LayerName", LambdaShapes.LayerName),
        Path("VersionNumber", LambdaShapes.Long),
        Path("StatementId", LambdaShapes.StatementId));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        await LayerPolicies.ChangeAsync(LayerReference.Of(request), services, version =>
        {
            var policy = version.Policy ?? throw PolicyErrors.NoPolicy.AsException();
            LayerPolicies.RequireRevision(request, version);
            return policy.Remove(request.Path("StatementId"));
        });
        return AwsResult.Empty(204);
    }
}
