using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>
/// What the simulating operations ask, and what they ask it of: each action on each resource, by the evaluator that judges real requests.
/// </summary>
sealed class PolicySimulation(IamRequest request)
{
    const int DefaultPageSize = 100;

    /// <summary>Whose policies they are; null: nobody in particular, and keys of the principal are missing.</summary>
    public Principal? Caller { get; init; }

    public required PrincipalPolicies Policies { get; init; }

    public ResourcePolicies Resource { get; init; } = ResourcePolicies.None;

    /// <summary>One page of the pairs of action and resource, and no more work than that page.</summary>
    public AwsResult Run()
    {
        var actions = request.Texts("ActionNames");
        if (actions.Count == 0)
            throw IamErrors.Validation("1 validation error detected: Value at 'actionNames' failed to satisfy constraint: Member must not be null").AsException();
        if (actions.FirstOrDefault(action => action.Split(':') is not [{ Length: > 0 }, { Length: > 0 }]) is { } wrong)
            throw IamErrors.InvalidInput($"Invalid Action: {wrong}").AsException();
        IReadOnlyList<string> resources = request.Texts("ResourceArns") is { Count: > 0 } given ? given : ["*"];
        var keys = new SimulatedKeys(SimulatedKeys.Read(request), Caller);
        var size = request.Number("MaxItems") ?? DefaultPageSize;
        var all = (long)actions.Count * resources.Count;
        var start = Start(all);
        var end = Math.Min(all, start + size);
        return request.Answer(xml =>
        {
            xml.List("EvaluationResults", Enumerable.Range(0, (int)(end - start)), (xml, offset) =>
            {
                var (action, resource) = Math.DivRem(start + offset, resources.Count);
                Write(xml, Ask(actions[(int)action], resources[(int)resource], keys));
            });
            xml.Flag("IsTruncated", end < all);
            xml.Text("Marker", end < all ? $"{end}" : null);
        });
    }

    /// <summary>The resource's owner, as an account id or the ARN of one.</summary>
    public string? Owner => request.Text("ResourceOwner") is { } owner && owner.StartsWith("arn:", StringComparison.Ordinal)
        ? owner.Split(':').ElementAtOrDefault(4)
        : request.Text("ResourceOwner");

    (AccessRequest, Explanation) Ask(string action, string resource, SimulatedKeys keys)
    {
        var asked = new AccessRequest
        {
            Principal = Caller ?? SimulatedKeys.Nobody(request.AccountId),
            Action = action,
            Resource = resource,
            ResourceAccountId = Owner,
            Context = keys,
            Time = request.Now,
        };
        return (asked, Evaluator.Explain(asked, Policies, Resource));
    }

    void Write(QueryXml xml, (AccessRequest Asked, Explanation Explained) result)
    {
        var (asked, explained) = result;
        xml.Text("EvalActionName", asked.Action);
        xml.Text("EvalResourceName", asked.Resource);
        xml.Text("EvalDecision", Name(explained.Decision.Outcome));
        WriteReasons(xml, explained);
        xml.Structure("EvalDecisionDetails", static _ => { });
        if (Policies.ServiceControl.Count > 0)
            xml.Structure("OrganizationsDecisionDetail", xml => xml.Flag("AllowedByOrganizations", AllowedBy(explained, PolicyType.ServiceControl, Policies.ServiceControl.Count)));
        IReadOnlyList<string> named = asked.Resource == "*" ? [] : [asked.Resource];
        xml.List("ResourceSpecificResults", named, (xml, name) =>
        {
            xml.Text("EvalResourceName", name);
            xml.Text("EvalResourceDecision", Name(explained.Decision.Outcome));
            WriteReasons(xml, explained);
            xml.Structure("EvalDecisionDetails", static _ => { });
        });
    }

    void WriteReasons(QueryXml xml, Explanation explained)
    {
        xml.List("MatchedStatements", Matched(explained), static (xml, matched) =>
        {
            var (type, statement) = matched;
            xml.Text("SourcePolicyId", Id(statement.Policy.Source));
            xml.Text("SourcePolicyType", type == PolicyType.Resource ? "Resource Policy" : "IAM Policy");
            xml.Structure("StartPosition", xml => Position(xml, statement.Start));
            xml.Structure("EndPosition", xml => Position(xml, statement.End));
        });
        xml.Texts("MissingContextValues", explained.MissingKeys);
        if (Policies.PermissionsBoundary is not null)
            xml.Structure("PermissionsBoundaryDecisionDetail", xml => xml.Flag("AllowedByPermissionsBoundary", AllowedBy(explained, PolicyType.PermissionsBoundary, 1)));
    }

    /// <summary>The statements that determine the outcome: those that deny where one does, else those that allow.</summary>
    static IEnumerable<(PolicyType, Statement)> Matched(Explanation explained)
    {
        if (explained.Decision.Outcome == Outcome.ImplicitDeny)
            return [];
        var effect = explained.Decision.Outcome == Outcome.Allowed ? Effect.Allow : Effect.Deny;
        return from policy in explained.Policies
               where effect == Effect.Deny || policy.Type is PolicyType.Identity or PolicyType.Resource
               from trace in policy.Statements
               where trace.Applies && trace.Statement.Effect == effect
               select (policy.Type, trace.Statement);
    }

    static bool AllowedBy(Explanation explained, PolicyType type, int levels)
    {
        var statements = explained.Policies.Where(policy => policy.Type == type)
            .SelectMany(policy => policy.Statements.Where(trace => trace.Applies), (policy, trace) => (policy.Level, trace.Statement.Effect)).ToList();
        return statements.All(applied => applied.Effect == Effect.Allow) && statements.Select(applied => applied.Level).Distinct().Count() == levels;
    }

    static void Position(QueryXml xml, TextPosition position)
    {
        xml.Number("Line", position.Line);
        xml.Number("Column", position.Column);
    }

    static string Id(string source) => source.StartsWith("arn:", StringComparison.Ordinal) ? source[(source.LastIndexOf('/') + 1)..] : source;

    static string Name(Outcome outcome) => outcome switch
    {
        Outcome.Allowed => "allowed",
        Outcome.ExplicitDeny => "explicitDeny",
        _ => "implicitDeny",
    };

    long Start(long all)
    {
        if (request.Text("Marker") is not { } marker)
            return 0;
        return long.TryParse(marker, out var start) && start >= 0 && start < all ? start : throw IamErrors.Validation("Invalid Marker.").AsException();
    }
}
