using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html</summary>
static class SimulateCustomPolicy
{
    public static QueryModel Model { get; } = SimulationInputs.Simulating(SimulationInputs.Policies);

    public static ValueTask<AwsResult> Handle(IamRequest request, PrincipalCatalog principals)
    {
        var resource = request.ResourceInput();
        var caller = request.CallerInput(principals);
        if (resource.Policy is not null && caller is null)
            throw IamErrors.InvalidInput("CallerArn is required when a ResourcePolicy is specified.").AsException();
        var policies = new PrincipalPolicies { Identity = request.Documents("PolicyInputList"), PermissionsBoundary = request.BoundaryInput() };
        return ValueTask.FromResult(new PolicySimulation(request) { Caller = caller, Policies = policies, Resource = resource }.Run());
    }
}
