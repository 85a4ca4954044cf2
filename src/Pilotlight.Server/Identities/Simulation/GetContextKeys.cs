using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html</summary>
static class GetContextKeysForCustomPolicy
{
    public static QueryModel Model { get; } = new(SimulationInputs.Policies);

    public static ValueTask<AwsResult> Handle(IamRequest request) => Answer(request, request.Documents("PolicyInputList"));

    /// <summary>Each key once, whatever its case, in the order in which the policies name them.</summary>
    internal static ValueTask<AwsResult> Answer(IamRequest request, IEnumerable<Policy> policies)
    {
        var keys = policies.SelectMany(policy => policy.Statements).SelectMany(statement => statement.Keys).Distinct(StringComparer.OrdinalIgnoreCase);
        return ValueTask.FromResult(request.Answer(xml => xml.Texts("ContextKeyNames", keys)));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html</summary>
static class GetContextKeysForPrincipalPolicy
{
    public static QueryModel Model { get; } = new(SimulationInputs.Source, SimulationInputs.Policies);

    public static ValueTask<AwsResult> Handle(IamRequest request, PrincipalCatalog principals) =>
        GetContextKeysForCustomPolicy.Answer(request, [.. PolicySource.Find(request, principals).Policies.Identity, .. request.Documents("PolicyInputList")]);
}
