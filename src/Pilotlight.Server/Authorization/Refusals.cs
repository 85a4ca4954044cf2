using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Authorization;

/// <summary>How AWS words and codes a refusal, per protocol (spec/iam.md 8).</summary>
static class Refusals
{
    public static AwsError Of(AwsService service, Caller caller, string action, string resource, string? owner, Decision decision)
    {
        var protocol = service.Protocol;
        var isAnonymous = caller.Kind == CallerKind.Anonymous;
        if (isAnonymous && service.AnonymousRefusal is { } refusal)
            return refusal(resource);
        // S3 tells why only within the account, and quotes the resource.
        if (protocol == AwsProtocol.RestXml)
        {
            return new AwsError(403, "AccessDenied", isAnonymous || (owner is not null && owner != caller.AccountId)
                ? "Access Denied"
                : $"User: {caller.Arn} is not authorized to perform: {action} on resource: \"{resource}\" {Reason(action, decision)}");
        }

        var text = $"User: {(isAnonymous ? "anonymous" : caller.Arn)} is not authorized to perform: {action} on resource: {resource} {Reason(action, decision)}";
        return protocol switch
        {
            AwsProtocol.Query => new AwsError(403, "AccessDenied", text),
            AwsProtocol.Json10 or AwsProtocol.Json11 => new AwsError(400, "AccessDeniedException", text),
            _ => AwsError.AccessDenied(text),
        };
    }

    static string Reason(string action, Decision decision) => decision.Outcome == Outcome.ExplicitDeny
        ? $"with an explicit deny in {Article(decision.DecidedBy)} {Name(decision.DecidedBy)}"
        : $"because no {Name(decision.DecidedBy)} allows the {action} action";

    public static string Name(PolicyType type) => type switch
    {
        PolicyType.Resource => "resource-based policy",
        PolicyType.RoleTrust => "role trust policy",
        PolicyType.PermissionsBoundary => "permissions boundary",
        PolicyType.Session => "session policy",
        PolicyType.ServiceControl => "service control policy",
        PolicyType.ResourceControl => "resource control policy",
        _ => "identity-based policy",
    };

    public static string Article(PolicyType type) => type switch
    {
        PolicyType.Identity => "an",
        PolicyType.RoleTrust => "the",
        _ => "a",
    };
}
