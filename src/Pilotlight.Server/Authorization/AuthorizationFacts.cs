using Pilotlight.Api;
using Pilotlight.Iam;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>What decisions are made from.</summary>
public sealed class AuthorizationFacts(PrincipalCatalog principals, AccountCatalog accounts, Organization organization, JudgedResources resources)
{
    internal PrincipalCatalog Principals => principals;
    internal Organization Organization => organization;
    internal JudgedResources Resources => resources;

    /// <summary>The policy that the resource brings to a decision about this action: of a role that is assumed, who it trusts.</summary>
    internal ResourcePolicies PolicyOf(string action, string resource)
    {
        if (!action.StartsWith("sts:", StringComparison.OrdinalIgnoreCase) || accounts.FindRole(resource) is not { } role)
            return resources.PolicyOf(resource);
        return ResourcePolicies.TrustOf(role.TrustPolicy.CompileTrust(role.Arn) ?? Policy.Parse(JudgedResources.DenyAll, PolicyKind.Resource, "unreadable"));
    }

    /// <summary>
    /// What a session of a role may do when a service acts in its name, and no request asks. Another account's resource must let the role in
    /// as well; one that nobody owns is judged as the role's own.
    /// </summary>
    internal Decision Decide(Caller session, string action, string resource, IConditionKeys context, DateTimeOffset now)
    {
        var known = principals.Of(session);
        return Evaluator.Decide(
            new AccessRequest
            {
                Principal = known.Principal,
                Action = action,
                Resource = resource,
                ResourceAccountId = resources.OwnerOf(resource) ?? session.AccountId,
                Context = context,
                Time = now,
            },
            known.Policies, resources.PolicyOf(resource));
    }

    /// <summary>
    /// Whoever is meant: the ARN of a user, a role, a session of a role or an account's root, an account's number, a service, or
    /// <c>*</c>. Null when there is none.
    /// </summary>
    internal KnownPrincipal? FindPrincipal(string name)
    {
        if (name == "*")
            return new KnownPrincipal(Principal.Anonymous, PrincipalPolicies.None, 0);
        if (AccessKeyCatalog.IsAccountId(name))
            return RootOf(name);
        if (name.EndsWith(".amazonaws.com", StringComparison.Ordinal) && !name.Contains(':'))
            return new KnownPrincipal(Authorizer.Service(name), PrincipalPolicies.None, 0);
        return name.Split(':', 6) switch
        {
            ["arn", _, "iam", "", var account, "root"] when AccessKeyCatalog.IsAccountId(account) => RootOf(account),
            ["arn", _, "sts", "", var account, var session] when session.Split('/') is ["assumed-role", var role, { Length: > 0 }] => SessionOf(account, role, name),
            _ => principals.FindByArn(name),
        };
    }

    KnownPrincipal RootOf(string account) => principals.Of(new Caller
    {
        AccountId = account,
        Arn = $"arn:aws:iam::{account}:root",
        UserId = account,
        PrincipalId = account,
        Kind = CallerKind.Root,
    });

    KnownPrincipal? SessionOf(string account, string roleName, string arn)
    {
        if (accounts.Find(account).Roles.Find(roleName) is not { } role || principals.FindByArn(role.Arn) is not { } known)
            return null;
        return known with { Principal = known.Principal with { Arn = arn, UserId = $"{role.Id}:{arn[(arn.LastIndexOf('/') + 1)..]}" } };
    }
}
