using Pilotlight.Api;

namespace Pilotlight.Functions;

public sealed record GetLayerVersionPolicyResponse(string Policy, string RevisionId);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html</summary>
static class GetLayerVersionPolicy
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var reference = LayerReference.Of(request);
        if (services.Catalog.Find(reference.Key, reference.Number) is not { } version)
            return AwsResult.Refused(reference.NotFound);
        return version.Policy is { } policy
            ? AwsResult.Json(new GetLayerVersionPolicyResponse(policy.Document, policy.RevisionId), LayersJson.Wire.GetLayerVersionPolicyResponse)
            : AwsResult.Refused(PolicyErrors.NoPolicy);
    }
}
