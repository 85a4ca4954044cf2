using Pilotlight.Api;
using Pilotlight.Authorization;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record AddPermissionRequest
{
    public required string StatementId { get; init; }
    public required string Action { get; init; }
    public required string Principal { get; init; }
    public string? SourceArn { get; init; }
    public string? SourceAccount { get; init; }
    public string? EventSourceToken { get; init; }
    public string? RevisionId { get; init; }
    public string? PrincipalOrgID { get; init; }
    public string? FunctionUrlAuthType { get; init; }
    public bool? InvokedViaFunctionUrl { get; init; }
}

public sealed record AddPermissionResponse(string Statement);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html</summary>
static class AddPermission
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        RequiredBody("StatementId", LambdaShapes.StatementId),
        RequiredBody("Action", LambdaShapes.Action),
        RequiredBody("Principal", LambdaShapes.Principal),
        Body("SourceArn", LambdaShapes.Arn),
        Body("SourceAccount", LambdaShapes.SourceOwner),
        Body("EventSourceToken", LambdaShapes.EventSourceToken),
        Body("RevisionId", LambdaShapes.Text),
        Body("PrincipalOrgID", LambdaShapes.PrincipalOrgID),
        Body("FunctionUrlAuthType", LambdaShapes.FunctionUrlAuthType),
        Body("InvokedViaFunctionUrl", LambdaShapes.Boolean));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, NamedIdentities identities)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        if (reference.Qualifier == FunctionVersion.Latest)
            return PolicyErrors.NotForLatest;
        var input = request.Read(FunctionsJson.Default.AddPermissionRequest);
        PolicyStatement? added = null;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current?.Has(reference.Qualifier) != true)
                throw reference.QualifierNotFound.AsException();
            var policy = current.PolicyOf(reference.Qualifier);
            if (input.RevisionId is { Length: > 0 } revision && revision != policy?.RevisionId)
                throw PolicyErrors.RevisionMismatch("GetPolicy").AsException();
            added = Statement(input, reference, identities);
            return current.WithPolicy(reference.Qualifier, ResourcePolicy.Add(policy, added));
        });
        return AwsResult.Json(new AddPermissionResponse(added!.ToJson()), FunctionsJson.Wire.AddPermissionResponse, 201);
    }

    static PolicyStatement Statement(AddPermissionRequest input, FunctionReference reference, NamedIdentities identities)
    {
        if (PolicyPrincipal.TryParse(input.Principal) is not { } principal || !identities.MayBe(principal.Value))
            throw PolicyErrors.InvalidPrincipal.AsException();
        if (input.FunctionUrlAuthType is not null && input.Action != "lambda:InvokeFunctionUrl")
            throw PolicyErrors.UrlAuthTypeWithOtherAction.AsException();
        if (input.InvokedViaFunctionUrl is not null && input.Action != "lambda:InvokeFunction")
            throw PolicyErrors.ViaUrlWithOtherAction.AsException();
        return new PolicyStatement
        {
            Sid = input.StatementId,
            Principal = principal,
            Action = input.Action,
            Resource = reference.QualifiedArn,
            Conditions = [.. Conditions(input)],
        };
    }

    /// <summary>AWS writes its own two keys with capitals here.</summary>
    static IEnumerable<PolicyCondition> Conditions(AddPermissionRequest input)
    {
        if (input.SourceAccount is { } account)
            yield return new PolicyCondition("StringEquals", "AWS:SourceAccount", account);
        if (input.EventSourceToken is { } token)
            yield return new PolicyCondition("StringEquals", "lambda:EventSourceToken", token);
        if (input.FunctionUrlAuthType is { } authType)
            yield return new PolicyCondition("StringEquals", "lambda:FunctionUrlAuthType", authType);
        if (input.PrincipalOrgID is { } organization)
            yield return new PolicyCondition("StringEquals", "aws:PrincipalOrgID", organization);
        if (input.SourceArn is { } source)
            yield return new PolicyCondition("ArnLike", "AWS:SourceArn", source);
        if (input.InvokedViaFunctionUrl is { } viaUrl)
            yield return new PolicyCondition("Bool", "lambda:InvokedViaFunctionUrl", viaUrl ? "true" : "false");
    }
}
