namespace Pilotlight.Iam;

public enum Outcome
{
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

/// <summary>
/// What was decided, and which kind of policy decided it: the one that allowed, the one that denied, or the one whose allow was
/// missing. Enough to word a refusal; <see cref="Evaluator.Explain"/> tells the whole story.
/// </summary>
/// <param name="Statement">The statement that allowed or denied; null when an allow was missing, and when root needs none.</param>
public readonly record struct Decision(Outcome Outcome, PolicyType DecidedBy, Statement? Statement)
{
    public bool IsAllowed => Outcome == Outcome.Allowed;

    internal static Decision Allowed(PolicyType by, Statement? statement) => new(Outcome.Allowed, by, statement);

    internal static Decision Missing(PolicyType type) => new(Outcome.ImplicitDeny, type, null);

    internal static Decision Denied(PolicyType by, Statement statement) => new(Outcome.ExplicitDeny, by, statement);
}

/// <summary>A decision with every policy that was asked, in the order in which they were.</summary>
public sealed record Explanation(Decision Decision, IReadOnlyList<PolicyTrace> Policies)
{
    /// <summary>Keys that statements tested and the request did not have, each once, in the order met.</summary>
    public required IReadOnlyList<string> MissingKeys { get; init; }
}

/// <summary>What one policy had to say.</summary>
/// <param name="Level">Of control policies: which level of the organisation, from the root down; otherwise 0.</param>
public sealed record PolicyTrace(PolicyType Type, Policy Policy, int Level, IReadOnlyList<StatementTrace> Statements);

/// <summary>Whether a statement applied, and if not, the first thing that did not fit.</summary>
/// <param name="Condition">Of <see cref="Mismatch.Condition"/>: the test that failed.</param>
public sealed record StatementTrace(Statement Statement, Mismatch Mismatch, ConditionTest? Condition)
{
    public bool Applies => Mismatch == Mismatch.None;
}

public enum Mismatch
{
    /// <summary>The statement applies.</summary>
    None,
    Action,
    Principal,
    Resource,
    Condition,
}
