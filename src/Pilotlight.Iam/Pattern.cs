using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pilotlight.Iam;

/// <summary>
/// A string of a policy, compiled: wildcards marked, variables cut out. Strings without variables, nearly all of them, are compared
/// as they are; the others are put together for each request.
/// </summary>
sealed class Pattern
{
    readonly Part[]? _parts;

    Pattern(string source, string compiled, Part[]? parts)
    {
        Source = source;
        Compiled = compiled;
        _parts = parts;
        HasWildcards = Glob.HasWildcards(compiled) || parts is not null;
    }

    /// <summary>As the policy has it.</summary>
    public string Source { get; }

    /// <summary>Without variables: the whole pattern.</summary>
    string Compiled { get; }

    public bool HasVariables => _parts is not null;

    /// <summary>Whether it is this action, whatever the case of either.</summary>
    public bool Fits(string action, ref long work) => HasWildcards
        ? Compiled is [Glob.Many] || Glob.MatchesIgnoringCase(Compiled, action, ref work)
        : Compiled.Equals(action, StringComparison.OrdinalIgnoreCase);

    public bool HasWildcards { get; }

    /// <summary>The keys that its variables name.</summary>
    public IEnumerable<string> VariableKeys => _parts is null ? [] : _parts.Where(part => part.Key is not null).Select(part => part.Key!);

    /// <summary>Of a string in which <c>*</c> and <c>?</c> are wildcards.</summary>
    public static Pattern WithWildcards(string source, VariableUse variables) => Compile(source, wildcards: true, variables);

    /// <summary>
    /// Of the Resource element of an identity policy: an ARN with fewer than six fields means any value of those that are missing, so
    /// <c>arn:aws:sqs</c> is every queue.
    /// </summary>
    /// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html</remarks>
    public static Pattern OfIdentityResource(string source, VariableUse variables)
    {
        var full = source;
        if (source.StartsWith("arn:", StringComparison.Ordinal))
        {
            for (var missing = Arn.SegmentCount - 1 - ColonsOutsideVariables(source); missing > 0; missing--)
                full += ":*";
        }

        return Compile(full, wildcards: true, variables);
    }

    /// <summary>Of a string in which they stand for themselves.</summary>
    public static Pattern Plain(string source, VariableUse variables) => Compile(source, wildcards: false, variables);

    /// <summary>The pattern for this request; false when one of its variables has no value there.</summary>
    public bool TryResolve(ref Evaluation evaluation, [NotNullWhen(true)] out string? pattern)
    {
        pattern = Compiled;
        if (_parts is null)
            return true;
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Key is null)
            {
                text.Append(part.Text);
                continue;
            }

            var values = evaluation.Find(part.Key);
            // A key that holds a list has no one value to put here.
            if (values.IsList || !values.Exist)
            {
                if (!values.Exist)
                    evaluation.Missed(part.Key);
                if (part.Default is null)
                {
                    pattern = null;
                    return false;
                }

                text.Append(part.Default);
            }
            else
                AppendLiteral(text, values[0]);
        }

        evaluation.Work += text.Length;
        pattern = text.ToString();
        return true;
    }

    internal static int ColonsOutsideVariables(string source)
    {
        var colons = 0;
        for (var at = 0; at < source.Length; at++)
        {
            if (source.AsSpan(at).StartsWith("${") && source.IndexOf('}', at) is >= 0 and var end)
                at = end;
            else if (source[at] == ':')
                colons++;
        }

        return colons;
    }

    static Pattern Compile(string source, bool wildcards, VariableUse variables)
    {
        List<Part>? parts = null;
        var text = new StringBuilder(source.Length);
        for (var at = 0; at < source.Length; at++)
        {
            if (variables == VariableUse.Replaced && source.AsSpan(at).StartsWith("${") && Variable(source, at, out var end) is { } variable)
            {
                if (variable.Key is null)
                    AppendLiteral(text, variable.Text);
                else
                {
                    parts ??= [];
                    parts.Add(new Part(text.ToString(), null, null));
                    parts.Add(variable);
                    text.Clear();
                }

                at = end;
                continue;
            }

            if (wildcards && source[at] is '*')
            {
                // Several in a row are one.
                if (text.Length == 0 || text[^1] != Glob.Many)
                    text.Append(Glob.Many);
            }
            else if (wildcards && source[at] is '?')
                text.Append(Glob.One);
            else
                AppendLiteral(text, source.AsSpan(at, 1));
        }

        if (parts is null)
            return new Pattern(source, text.ToString(), null);
        parts.Add(new Part(text.ToString(), null, null));
        return new Pattern(source, "", [.. parts]);
    }

    /// <summary><c>${key}</c>, <c>${key, 'default'}</c>, or one of <c>${*} ${?} ${$}</c>, whose text stands for itself. Null: just text.</summary>
    static Part? Variable(string source, int start, out int end)
    {
        end = source.IndexOf('}', start);
        if (end < 0)
            return null;
        var inside = source.AsSpan(start + 2, end - start - 2);
        if (inside is "*" or "?" or "$")
            return new Part(inside.ToString(), null, null);
        string? fallback = null;
        if (inside.IndexOf(',') is >= 0 and var comma)
        {
            // The default may contain a brace: it ends at its quote.
            var rest = source.AsSpan(start + 2 + comma + 1);
            var quoted = rest.TrimStart(' ');
            if (quoted is not ['\'', ..])
                return null;
            var close = quoted[1..].IndexOf('\'');
            if (close < 0)
                return null;
            fallback = quoted.Slice(1, close).ToString();
            var after = quoted[(close + 2)..].TrimStart(' ');
            if (after is not ['}', ..])
                return null;
            end = source.Length - after.Length;
            inside = inside[..comma];
        }

        var key = inside.Trim(' ');
        return key.IsEmpty ? null : new Part("", key.ToString(), fallback is null ? null : Literal(fallback));
    }

    static string Literal(string value)
    {
        var text = new StringBuilder(value.Length);
        AppendLiteral(text, value);
        return text.ToString();
    }

    static void AppendLiteral(StringBuilder text, ReadOnlySpan<char> value)
    {
        foreach (var character in value)
            text.Append(character is Glob.Many or Glob.One ? Glob.Neither : character);
    }

    /// <summary>Text, or a variable: its key and its default.</summary>
    sealed record Part(string Text, string? Key, string? Default);
}

/// <summary>Policies of version 2008-10-17 know no variables: <c>${aws:username}</c> is text there.</summary>
enum VariableUse
{
    Replaced,
    Text,
}
