using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record AddLayerVersionPermissionRequest(string StatementId, string Action, string Principal, string? OrganizationId);

public sealed record AddLayerVersionPermissionResponse(string Statement, string RevisionId);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html</summary>
static class AddLayerVersionPermission
{
    public static OperationModel Model { get; } = new(
        Query("RevisionId", LambdaShapes.Text),
        Path("LayerName", LambdaShapes.LayerName),
        Path("VersionNumber", LambdaShapes.Long),
        RequiredBody("StatementId", LambdaShapes.StatementId),
        RequiredBody("Action", LambdaShapes.LayerPermissionAllowedAction),
        RequiredBody("Principal", LambdaShapes.LayerPermissionAllowedPrincipal),
        Body("OrganizationId", LambdaShapes.OrganizationId));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var reference = LayerReference.Of(request);
        var input = request.Read(LayersJson.Default.AddLayerVersionPermissionRequest);
        var statement = new PolicyStatement
        {
            Sid = input.StatementId,
            Principal = PolicyPrincipal.TryParse(input.Principal) ?? throw PolicyErrors.InvalidPrincipal.AsException(),
            Action = input.Action,
            Resource = reference.Arn,
            Conditions = input.OrganizationId is { Length: > 0 } id ? [new PolicyCondition("StringEquals", "aws:PrincipalOrgID", id)] : [],
        };
        ResourcePolicy? policy = null;
        await LayerPolicies.ChangeAsync(reference, services, version =>
        {
            if (statement.Conditions.Count > 0 && input.Principal != "*")
                throw LayerErrors.OrganizationNeedsEverybody.AsException();
            policy = ResourcePolicy.Add(version.Policy, statement);
            LayerPolicies.RequireRevision(request, version);
            return policy;
        });
        return AwsResult.Json(
            new AddLayerVersionPermissionResponse(statement.ToJson(), policy!.RevisionId), LayersJson.Wire.AddLayerVersionPermissionResponse, 201);
    }
}
