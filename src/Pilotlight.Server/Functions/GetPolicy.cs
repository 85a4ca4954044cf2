using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record GetPolicyResponse(string Policy, string RevisionId);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html</summary>
static class GetPolicy
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key)?.PolicyOf(reference.Qualifier) is { } policy
            ? AwsResult.Json(new GetPolicyResponse(policy.Document, policy.RevisionId), FunctionsJson.Wire.GetPolicyResponse)
            : AwsResult.Refused(PolicyErrors.NoResource);
    }
}
