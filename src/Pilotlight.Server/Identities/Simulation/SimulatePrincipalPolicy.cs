using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html</summary>
static class SimulatePrincipalPolicy
{
    public static QueryModel Model { get; } = SimulationInputs.Simulating(SimulationInputs.Source, SimulationInputs.Policies);

    public static ValueTask<AwsResult> Handle(IamRequest request, PrincipalCatalog principals)
    {
        var source = PolicySource.Find(request, principals);
        var resource = request.ResourceInput();
        var caller = request.CallerInput(principals) ?? source.Principal;
        if (resource.Policy is not null && caller is not { Kind: PrincipalKind.User })
            throw IamErrors.InvalidInput("CallerArn is required when a ResourcePolicy is specified and the PolicySourceArn is not a user.").AsException();
        var policies = source.Policies with { Identity = [.. source.Policies.Identity, .. request.Documents("PolicyInputList")] };
        if (request.BoundaryInput() is { } boundary)
            policies = policies with { PermissionsBoundary = boundary };
        return ValueTask.FromResult(new PolicySimulation(request) { Caller = caller, Policies = policies, Resource = resource }.Run());
    }
}

/// <summary>The user, role or group whose policies are asked about. A group is nobody who could call.</summary>
sealed record PolicySource(Principal? Principal, PrincipalPolicies Policies)
{
    /// <exception cref="AwsException">There is none of this ARN in the caller's account.</exception>
    public static PolicySource Find(IamRequest request, PrincipalCatalog principals)
    {
        var arn = request["PolicySourceArn"];
        if (!arn.StartsWith("arn:", StringComparison.Ordinal))
            throw IamErrors.Validation("Invalid ARN:  Could not be parsed!").AsException();
        var account = request.Account;
        if (principals.FindByArn(arn) is { } known && known.Principal.AccountId == account.Id)
            return new PolicySource(known.Principal, known.Policies);
        var name = arn[(arn.LastIndexOf('/') + 1)..];
        if (account.Groups.Find(name) is { } group && group.Arn == arn)
            return new PolicySource(null, new PrincipalPolicies { Identity = [.. principals.PoliciesOf(group, account)] });
        var kind = arn.Contains(":role/", StringComparison.Ordinal) ? "role" : arn.Contains(":group/", StringComparison.Ordinal) ? "group" : "user";
        throw IamErrors.NoName(kind, name).AsException();
    }
}
