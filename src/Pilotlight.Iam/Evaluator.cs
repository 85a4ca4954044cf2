namespace Pilotlight.Iam;

/// <summary>
/// Decides as AWS does: an explicit deny anywhere refuses; otherwise every policy that limits must allow, and somebody must have granted.
/// Pure: the same request and policies give the same decision.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html</remarks>
public static class Evaluator
{
    /// <summary>The decision alone; allocates nothing unless a policy uses variables.</summary>
    public static Decision Decide(AccessRequest request, PrincipalPolicies principal, ResourcePolicies resource)
    {
        var evaluation = new Evaluation(request, null);
        return Decide(ref evaluation, principal, resource, null);
    }

    /// <summary>The same decision, and what every statement of every policy had to do with it.</summary>
    public static Explanation Explain(AccessRequest request, PrincipalPolicies principal, ResourcePolicies resource)
    {
        var missing = new List<string>();
        var traces = new List<PolicyTrace>();
        var evaluation = new Evaluation(request, missing);
        return new Explanation(Decide(ref evaluation, principal, resource, traces), traces) { MissingKeys = missing };
    }

    internal static Decision Decide(ref Evaluation evaluation, PrincipalPolicies principal, ResourcePolicies resource, List<PolicyTrace>? traces)
    {
        var who = evaluation.Request.Principal;
        var resourceType = resource.MustNamePrincipal && resource.Policy?.Kind == PolicyKind.Trust ? PolicyType.RoleTrust : PolicyType.Resource;
        var isLimited = !who.IsServiceLinked;

        // The order in which AWS draws them, which is the order in which a refusal names one.
        var rcp = isLimited ? OfLevels(PolicyType.ResourceControl, resource.ResourceControl, ref evaluation, traces) : Verdict.Allows(null);
        var scp = isLimited && HasAccount(who) ? OfLevels(PolicyType.ServiceControl, principal.ServiceControl, ref evaluation, traces) : Verdict.Allows(null);
        var ofResource = resource.Policy is { } policy ? OfResource(resourceType, policy, principal, ref evaluation, traces) : default;
        var identity = Verdict.None;
        Verdict? boundary = null;
        Verdict? session = null;
        if (HasAccount(who))
        {
            identity = OfPolicies(PolicyType.Identity, principal.Identity, 0, ref evaluation, traces);
            if (principal.PermissionsBoundary is { } limit)
                boundary = OfPolicies(PolicyType.PermissionsBoundary, [limit], 0, ref evaluation, traces);
            if (principal.Session is { } ofSession)
                session = OfPolicies(PolicyType.Session, ofSession, 0, ref evaluation, traces);
        }

        return ExplicitDeny(rcp, scp, ofResource.Deny is { } denied ? Verdict.Denies(denied) : Verdict.None, resourceType, identity, boundary, session)
            ?? ImplicitDeny(rcp, scp)
            ?? Grant(evaluation.Request, resource, resourceType, ofResource, identity, boundary, session);
    }

    static bool HasAccount(Principal principal) => principal.Kind is PrincipalKind.Root or PrincipalKind.User or PrincipalKind.RoleSession or PrincipalKind.FederatedUser;

    static Decision? ExplicitDeny(Verdict rcp, Verdict scp, Verdict ofResource, PolicyType resourceType, Verdict identity, Verdict? boundary, Verdict? session) =>
        rcp.Deny is { } byRcp ? Decision.Denied(PolicyType.ResourceControl, byRcp)
        : scp.Deny is { } byScp ? Decision.Denied(PolicyType.ServiceControl, byScp)
        : ofResource.Deny is { } byResource ? Decision.Denied(resourceType, byResource)
        : identity.Deny is { } byIdentity ? Decision.Denied(PolicyType.Identity, byIdentity)
        : boundary?.Deny is { } byBoundary ? Decision.Denied(PolicyType.PermissionsBoundary, byBoundary)
        : session?.Deny is { } bySession ? Decision.Denied(PolicyType.Session, bySession)
        : null;

    static Decision? ImplicitDeny(Verdict rcp, Verdict scp) =>
        !rcp.IsAllowed ? Decision.Missing(PolicyType.ResourceControl)
        : !scp.IsAllowed ? Decision.Missing(PolicyType.ServiceControl)
        : null;

    static Decision Grant(
        AccessRequest request, ResourcePolicies resource, PolicyType resourceType, ResourceVerdict ofResource, Verdict identity, Verdict? boundary, Verdict? session)
    {
        var who = request.Principal;
        if (!HasAccount(who))
            return ofResource.Fit == PrincipalFit.Itself ? Decision.Allowed(resourceType, ofResource.Allow) : Decision.Missing(resourceType);

        var isSameAccount = request.IsWithinAccount;
        // Within the account a grant to the principal itself needs nobody else's allow:
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html and …reference_policies_evaluation-logic_policy-eval-basics.html
        if (isSameAccount && ofResource.Fit == PrincipalFit.Itself)
            return Decision.Allowed(resourceType, ofResource.Allow);
        if (isSameAccount && resource.MustNamePrincipal && ofResource.Fit == PrincipalFit.None)
            return Decision.Missing(resourceType);

        var isGrantedToRole = isSameAccount && ofResource.Fit == PrincipalFit.Role;
        if (!identity.IsAllowed && !isGrantedToRole && who.Kind != PrincipalKind.Root)
            return Decision.Missing(PolicyType.Identity);
        if (boundary is { IsAllowed: false })
            return Decision.Missing(PolicyType.PermissionsBoundary);
        if (session is { IsAllowed: false })
            return Decision.Missing(PolicyType.Session);
        if (!isSameAccount && ofResource.Fit == PrincipalFit.None)
            return Decision.Missing(resourceType);
        return identity.IsAllowed || who.Kind == PrincipalKind.Root
            ? Decision.Allowed(PolicyType.Identity, identity.Allow)
            : Decision.Allowed(resourceType, ofResource.Allow);
    }

    /// <summary>Control policies: a deny at any level refuses, and every level must allow. No levels: nothing limits.</summary>
    static Verdict OfLevels(PolicyType type, IReadOnlyList<IReadOnlyList<Policy>> levels, ref Evaluation evaluation, List<PolicyTrace>? traces)
    {
        var all = Verdict.Allows(null);
        for (var level = 0; level < levels.Count; level++)
        {
            var verdict = OfPolicies(type, levels[level], level, ref evaluation, traces);
            if (verdict.Deny is not null)
            {
                all = verdict;
                if (traces is null)
                    break;
            }
            else if (!verdict.IsAllowed && all.Deny is null)
                all = Verdict.None;
        }

        return all;
    }

    static Verdict OfPolicies(PolicyType type, IReadOnlyList<Policy> policies, int level, ref Evaluation evaluation, List<PolicyTrace>? traces)
    {
        var verdict = Verdict.None;
        for (var index = 0; index < policies.Count; index++)
        {
            var policy = policies[index];
            var statements = traces is null ? null : new List<StatementTrace>(policy._statements.Length);
            foreach (var statement in policy._statements)
            {
                // A statement that could not change the verdict is looked at for a trace only.
                if (statements is null && statement.Effect == Effect.Allow && verdict.IsAllowed)
                    continue;
                var mismatch = statement.Match(ref evaluation, out var failed);
                statements?.Add(new StatementTrace(statement, mismatch, failed));
                if (mismatch == Mismatch.None)
                    verdict = verdict.With(statement);
                if (statements is null && verdict.Deny is not null)
                    return verdict;
            }

            traces?.Add(new PolicyTrace(type, policy, level, statements!));
        }

        return verdict;
    }

    static ResourceVerdict OfResource(PolicyType type, Policy policy, PrincipalPolicies principal, ref Evaluation evaluation, List<PolicyTrace>? traces)
    {
        var verdict = default(ResourceVerdict);
        var who = evaluation.Request.Principal;
        var statements = traces is null ? null : new List<StatementTrace>(policy._statements.Length);
        foreach (var statement in policy._statements)
        {
            var fit = statement.FitOf(who, ref evaluation);
            // AWS: NotPrincipal with Deny always denies principals that have a boundary, whoever it names:
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
            if (statement is { Effect: Effect.Deny, _principalSense: Sense.NotNamed } && principal.PermissionsBoundary is not null)
                fit = PrincipalFit.Itself;
            ConditionTest? failed = null;
            var mismatch = fit == PrincipalFit.None ? Mismatch.Principal : statement.Match(ref evaluation, out failed);
            statements?.Add(new StatementTrace(statement, mismatch, failed));
            if (mismatch == Mismatch.None)
                verdict = verdict.With(statement, fit);
            if (statements is null && verdict.Deny is not null)
                break;
        }

        traces?.Add(new PolicyTrace(type, policy, 0, statements!));
        return verdict;
    }

    /// <summary>What policies of one kind say together.</summary>
    readonly record struct Verdict(bool IsAllowed, Statement? Allow, Statement? Deny)
    {
        public static Verdict None => default;

        public static Verdict Allows(Statement? by) => new(true, by, null);

        public static Verdict Denies(Statement by) => new(false, null, by);

        public Verdict With(Statement statement) =>
            statement.Effect == Effect.Deny ? this with { Deny = Deny ?? statement }
            : IsAllowed ? this
            : this with { IsAllowed = true, Allow = statement };
    }

    /// <summary>What the resource's policy says, and how closely its best allow names the principal.</summary>
    readonly record struct ResourceVerdict(PrincipalFit Fit, Statement? Allow, Statement? Deny)
    {
        public ResourceVerdict With(Statement statement, PrincipalFit fit) =>
            statement.Effect == Effect.Deny ? this with { Deny = Deny ?? statement }
            : fit > Fit ? this with { Fit = fit, Allow = statement }
            : this;
    }
}
