using Pilotlight.Iam;

namespace Pilotlight.Authorization;

/// <summary>The words of a refusal: <c>User: … is not authorized to perform: … on resource: … because no identity-based policy allows the … action</c>.</summary>
/// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html</remarks>
public static class AccessDeniedText
{
    /// <summary>Of a request that was not allowed. A resource of <c>*</c> is not named.</summary>
    public static string Of(AccessRequest request, Decision decision)
    {
        var resource = request.Resource == "*" ? "" : $" on resource: {request.Resource}";
        return $"User: {Name(request.Principal)} is not authorized to perform: {request.Action}{resource} {Reason(request, decision)}";
    }

    static string Reason(AccessRequest request, Decision decision)
    {
        if (decision.Outcome == Outcome.Allowed)
            throw new InvalidOperationException("What was allowed is not worded as a refusal.");
        var type = Name(decision.DecidedBy);
        if (decision.Outcome == Outcome.ImplicitDeny)
            return $"because no {type} allows the {request.Action} action";
        var article = decision.DecidedBy switch
        {
            PolicyType.RoleTrust => "the",
            PolicyType.Identity => "an",
            _ => "a",
        };
        return $"with an explicit deny in {article} {type}{Policy(decision)}";
    }

    static string Name(Principal principal) => principal.Kind == PrincipalKind.Anonymous ? "anonymous" : principal.Arn;

    static string Name(PolicyType type) => type switch
    {
        PolicyType.Identity => "identity-based policy",
        PolicyType.Resource => "resource-based policy",
        PolicyType.RoleTrust => "role trust policy",
        PolicyType.PermissionsBoundary => "permissions boundary",
        PolicyType.Session => "session policy",
        PolicyType.ServiceControl => "service control policy",
        _ => "resource control policy",
    };

    /// <summary>AWS names the policy where it has an ARN; inline and resource policies have none.</summary>
    static string Policy(Decision decision) =>
        decision is { DecidedBy: not (PolicyType.Resource or PolicyType.RoleTrust), Statement.Policy.Source: var source } && source.StartsWith("arn:", StringComparison.Ordinal)
            ? $": {source}"
            : "";
}
