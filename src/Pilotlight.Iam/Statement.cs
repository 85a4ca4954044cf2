namespace Pilotlight.Iam;

public enum Effect
{
    Allow,
    Deny,
}

/// <summary>Where a statement stands in the text of its document. Lines and columns count from 1.</summary>
public readonly record struct TextPosition(int Line, int Column);

/// <summary>One compiled statement of a policy.</summary>
public sealed class Statement
{
    internal Statement(Policy policy, int index) => (Policy, Index) = (policy, index);

    public Policy Policy { get; }

    /// <summary>From 0, in the order of the document.</summary>
    public int Index { get; }

    public string? Sid { get; internal init; }

    public Effect Effect { get; internal init; }

    public TextPosition Start { get; internal init; }

    public TextPosition End { get; internal init; }

    public IReadOnlyList<ConditionTest> Conditions => _conditions;

    /// <summary>Every condition key that it looks at: of its conditions and of its variables.</summary>
    public IEnumerable<string> Keys => _conditions.SelectMany(test => test.Keys).Concat((_resources ?? []).SelectMany(resource => resource.VariableKeys));

    internal Pattern[] _actions = [];
    internal Sense _actionSense;

    /// <summary>Null: the statement has no Resource element, and speaks of the resource that the policy belongs to.</summary>
    internal Pattern[]? _resources;
    internal Sense _resourceSense;

    /// <summary>Null: the statement has no Principal element.</summary>
    internal PrincipalPattern[]? _principals;
    internal Sense _principalSense;

    internal ConditionTest[] _conditions = [];

    /// <summary>Whether the statement applies to the request, whoever asks; the principal is looked at by <see cref="FitOf"/>.</summary>
    internal Mismatch Match(ref Evaluation evaluation, out ConditionTest? failed)
    {
        failed = null;
        evaluation.Work++;
        if (!MatchesAction(ref evaluation))
            return Mismatch.Action;
        if (!MatchesResource(ref evaluation))
            return Mismatch.Resource;
        foreach (var condition in _conditions)
        {
            if (!condition.Passes(ref evaluation))
            {
                failed = condition;
                return Mismatch.Condition;
            }
        }

        return Mismatch.None;
    }

    /// <summary>How closely the statement names the principal.</summary>
    internal PrincipalFit FitOf(Principal principal, ref Evaluation evaluation)
    {
        if (_principals is null)
            return PrincipalFit.None;
        var best = PrincipalFit.None;
        bool namesAccount = false, namesRole = false, namesItself = false;
        foreach (var pattern in _principals)
        {
            evaluation.Work++;
            var fit = pattern.FitOf(principal);
            if (fit > best)
                best = fit;
            namesAccount |= fit == PrincipalFit.Account || pattern.Form == PrincipalForm.Everyone;
            namesRole |= fit == PrincipalFit.Role || pattern.Form == PrincipalForm.Everyone;
            namesItself |= fit == PrincipalFit.Itself;
        }

        if (_principalSense == Sense.Named)
            return best;
        if (Effect == Effect.Allow)
            return best == PrincipalFit.None ? PrincipalFit.Itself : PrincipalFit.None;
        // AWS asks for the account, then for the role, then for the session; a deny spares whom it names each time:
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        var isSpared = principal.Kind switch
        {
            PrincipalKind.User or PrincipalKind.FederatedUser => namesItself && namesAccount,
            PrincipalKind.RoleSession => namesItself && namesRole && namesAccount,
            _ => namesItself,
        };
        return isSpared ? PrincipalFit.None : PrincipalFit.Itself;
    }

    bool MatchesAction(ref Evaluation evaluation)
    {
        var action = evaluation.Request.Action;
        foreach (var pattern in _actions)
        {
            evaluation.Work++;
            if (pattern.Fits(action, ref evaluation.Work))
                return _actionSense == Sense.Named;
        }

        return _actionSense == Sense.NotNamed;
    }

    bool MatchesResource(ref Evaluation evaluation)
    {
        if (_resources is null)
            return true;
        var unresolved = false;
        foreach (var pattern in _resources)
        {
            evaluation.Work++;
            if (!pattern.TryResolve(ref evaluation, out var resolved))
                unresolved = true;
            else if (resolved is [Glob.Many] || ArnGlob.MatchesResource(resolved, evaluation.Request.Resource, ref evaluation.Work))
                return _resourceSense == Sense.Named;
        }

        return _resourceSense == Sense.NotNamed && !unresolved;
    }
}

/// <summary>Whether an element names what it speaks of, or everything else: Action or NotAction.</summary>
enum Sense
{
    Named,
    NotNamed,
}
