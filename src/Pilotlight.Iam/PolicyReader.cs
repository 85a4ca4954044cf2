namespace Pilotlight.Iam;

/// <summary>Turns JSON into a <see cref="Policy"/>, or says what is wrong with it, in the order in which IAM looks.</summary>
static class PolicyReader
{
    public static Policy? TryRead(ReadOnlySpan<byte> json, PolicyKind kind, string source, out PolicyError? error)
    {
        if (PolicyText.TryRead(json, out error) is not { } document)
            return null;
        error = PolicyGrammar.Check(document, kind);
        return error is null ? Compile(json, document, kind, source) : null;
    }

    static Policy Compile(ReadOnlySpan<byte> json, PolicyText document, PolicyKind kind, string source)
    {
        var version = document["Version"]?.Text ?? PolicyGrammar.OldVersion;
        var policy = new Policy(kind, source, document["Id"]?.Text, version);
        var variables = version == PolicyGrammar.NewVersion ? VariableUse.Replaced : VariableUse.Text;
        var texts = document["Statement"]!.OneOrMany;
        var statements = new Statement[texts.Count];
        var positions = new Positions(json);
        for (var index = 0; index < statements.Length; index++)
        {
            var text = texts[index];
            var start = positions.Of(text.Start);
            statements[index] = Compile(policy, index, text, variables, start, positions.Of(text.End));
        }

        policy._statements = statements;
        return policy;
    }

    static Statement Compile(Policy policy, int index, PolicyText text, VariableUse variables, TextPosition start, TextPosition end) => new(policy, index)
    {
        Sid = text["Sid"]?.Text,
        Effect = text["Effect"]!.Text == nameof(Effect.Allow) ? Effect.Allow : Effect.Deny,
        Start = start,
        End = end,
        _actions = [.. (text["Action"] ?? text["NotAction"])!.OneOrMany.Select(action => Pattern.WithWildcards(action.Text, VariableUse.Text))],
        _actionSense = text["Action"] is null ? Sense.NotNamed : Sense.Named,
        _resources = (text["Resource"] ?? text["NotResource"])?.OneOrMany.Select(resource => Resource(policy.Kind, resource.Text, variables)).ToArray(),
        _resourceSense = text["NotResource"] is null ? Sense.Named : Sense.NotNamed,
        _principals = (text["Principal"] ?? text["NotPrincipal"]) is { } principals ? [.. PolicyGrammar.Principals(principals, out _)!] : null,
        _principalSense = text["NotPrincipal"] is null ? Sense.Named : Sense.NotNamed,
        _conditions = text["Condition"] is { } conditions ? [.. Conditions(conditions, variables)] : [],
    };

    static Pattern Resource(PolicyKind kind, string text, VariableUse variables) => kind is PolicyKind.Identity or PolicyKind.Managed
        ? Pattern.OfIdentityResource(text, variables)
        : Pattern.WithWildcards(text, variables);

    static IEnumerable<ConditionTest> Conditions(PolicyText conditions, VariableUse variables) =>
        from block in conditions.Members
        from test in block.Value.Members
        select new ConditionTest(
            block.Name, ConditionOperator.TryParse(block.Name)!.Value, test.Name, [.. test.Value.OneOrMany.Select(value => value.Text)], variables);

    /// <summary>Lines and columns of places that are asked for from the start to the end.</summary>
    ref struct Positions(ReadOnlySpan<byte> json)
    {
        readonly ReadOnlySpan<byte> _json = json;
        int _at;
        int _line = 1;
        int _lineStart;

        public TextPosition Of(int offset)
        {
            for (; _at < offset; _at++)
            {
                if (_json[_at] == '\n')
                    (_line, _lineStart) = (_line + 1, _at + 1);
            }

            return new TextPosition(_line, offset - _lineStart + 1);
        }
    }
}
