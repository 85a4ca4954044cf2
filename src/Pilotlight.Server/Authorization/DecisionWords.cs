using Pilotlight.Iam;

namespace Pilotlight.Authorization;

/// <summary>A decision told to a person: the outcome, what made it, and what each policy that was asked had to say.</summary>
static class DecisionWords
{
    static readonly PolicyType[] s_kinds =
    [
        PolicyType.Identity, PolicyType.Resource, PolicyType.RoleTrust, PolicyType.PermissionsBoundary, PolicyType.Session, PolicyType.ServiceControl,
        PolicyType.ResourceControl,
    ];

    public static IReadOnlyList<string> Of(AccessRequest asked, Explanation explained, IamMode mode)
    {
        var who = asked.Principal.Kind == PrincipalKind.Anonymous ? "everybody" : asked.Principal.Arn;
        var on = asked.Resource == "*" ? "" : $" on {asked.Resource}";
        var lines = new List<string> { $"{(explained.Decision.IsAllowed ? "ALLOWED" : "DENIED")}: {asked.Action}{on} for {who}", Reason(asked, explained) };
        if (asked.Principal.AccountId.Length > 0 && asked.ResourceAccountId is { } owner && owner != asked.Principal.AccountId)
            lines.Add($"The resource belongs to account {owner}: the resource's policy and the policies of the principal must both allow.");
        if (explained.MissingKeys.Count > 0)
            lines.Add($"Not known here, so tested as absent: {string.Join(", ", explained.MissingKeys)} (give them as context).");
        if (mode == IamMode.Audit && !explained.Decision.IsAllowed)
            lines.Add("Iam:Mode is audit: the request would be logged and let pass all the same.");
        var isTrust = explained.Policies.Any(policy => policy.Type == PolicyType.RoleTrust);
        foreach (var kind in s_kinds)
        {
            if (kind != (isTrust ? PolicyType.Resource : PolicyType.RoleTrust))
                AddKind(lines, kind, explained);
        }

        return lines;
    }

    static string Reason(AccessRequest asked, Explanation explained)
    {
        var (outcome, type, statement) = explained.Decision;
        if (statement is not null)
        {
            return outcome == Outcome.Allowed
                ? $"{Name(statement)} of the {Refusals.Name(type)} {statement.Policy.Source} allows it."
                : $"{Name(statement)} of the {Refusals.Name(type)} {statement.Policy.Source} denies it, which outweighs every allow.";
        }

        if (outcome == Outcome.Allowed)
            return "Root may do everything in its account unless something denies it.";
        var isThere = explained.Policies.Any(policy => policy.Type == type);
        return (type, isThere) switch
        {
            (PolicyType.Resource, false) when asked.Principal.AccountId.Length == 0 => $"No {Refusals.Name(type)} allows it: the resource has none, and nothing else could let the principal in.",
            (PolicyType.Resource, false) => $"No {Refusals.Name(type)} allows it: the resource has none.",
            (_, false) => $"No {Refusals.Name(type)} allows it: there is none.",
            _ => $"No {Refusals.Name(type)} allows it.",
        };
    }

    static void AddKind(List<string> lines, PolicyType kind, Explanation explained)
    {
        var name = string.Concat(char.ToUpperInvariant(Refusals.Name(kind)[0]).ToString(), Refusals.Name(kind).AsSpan(1));
        var policies = explained.Policies.Where(policy => policy.Type == kind).ToList();
        if (policies.Count == 0)
        {
            // What is not there does not allow, or does not limit.
            lines.Add(kind is PolicyType.Identity or PolicyType.Resource or PolicyType.RoleTrust ? $"{name}: none" : $"{name}: none, so it limits nothing");
            return;
        }

        foreach (var policy in policies)
        {
            lines.Add($"{name} {policy.Policy.Source}:");
            lines.AddRange(policy.Statements.Select(trace => $"  {Name(trace.Statement)} ({Effect(trace.Statement)}): {Says(trace, explained)}"));
        }
    }

    static string Name(Statement statement) =>
        statement.Sid is { Length: > 0 } sid ? $"Statement {statement.Index + 1} \"{sid}\"" : $"Statement {statement.Index + 1}";

    static string Effect(Statement statement) => statement.Effect == Iam.Effect.Allow ? "Allow" : "Deny";

    static string Says(StatementTrace trace, Explanation explained) => trace.Mismatch switch
    {
        Mismatch.None => "applies",
        Mismatch.Action => "is about other actions",
        Mismatch.Principal => "names other principals",
        Mismatch.Resource => "is about other resources",
        _ when trace.Condition is { } test => Failed(test, explained),
        _ => "its condition does not hold",
    };

    static string Failed(ConditionTest test, Explanation explained)
    {
        var absent = explained.MissingKeys.Contains(test.Key, StringComparer.OrdinalIgnoreCase) ? $", and {test.Key} is not known" : "";
        return $"its condition does not hold: {test.OperatorName} {test.Key} {string.Join(" or ", test.Values)}{absent}";
    }
}
