using System.Text.Json;

namespace Pilotlight.Patterns;

/// <summary>
/// An event pattern, as rules of event buses and filters of event source mappings are written: an object of the shape of the events,
/// whose leaves are lists of what may stand there. Read once, matched often; matching allocates nothing.
/// </summary>
public sealed class EventPattern
{
    readonly PatternNode _root;

    EventPattern(PatternNode root) => _root = root;

    /// <exception cref="PatternException">It is none, with AWS's reason.</exception>
    public static EventPattern Parse(string text, PatternDialect dialect = PatternDialect.Rules) => new(PatternReader.Read(text, dialect));

    /// <summary>The pattern, or null for what is none: no JSON object, an empty list, an operator that does not exist.</summary>
    public static EventPattern? TryParse(string? text, PatternDialect dialect = PatternDialect.Rules)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        try
        {
            return Parse(text, dialect);
        }
        catch (PatternException)
        {
            return null;
        }
    }

    public bool Matches(JsonElement candidate) => candidate.ValueKind == JsonValueKind.Object && Matches(EventValue.Of(candidate));

    public bool Matches(EventValue candidate) => candidate.Kind == JsonValueKind.Object && _root.Matches(candidate, candidate);

    /// <summary>The only strings that may stand in a member of the event, when the pattern says so plainly; null when anything else might.</summary>
    public IReadOnlyList<string>? OnlyTexts(string member) => _root.OnlyTexts(member);
}
