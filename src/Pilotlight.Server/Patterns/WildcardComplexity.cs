namespace Pilotlight.Patterns;

/// <summary>
/// How many prefixes of a wildcard pattern can be met at once by one text: AWS refuses patterns where that is many
/// (<c>*:*:*:*:*:event-bus/*</c>). It counts exactly; here stars and equal beginnings after them are counted, which comes close.
/// </summary>
static class WildcardComplexity
{
    const int Limit = 10;

    /// <param name="parts">The texts between the stars.</param>
    public static bool IsTooComplex(IReadOnlyList<string> parts)
    {
        var score = parts.Count - 1;
        var firsts = new Dictionary<char, int>();
        foreach (var part in parts.Skip(1).Where(part => part.Length > 0))
            score += firsts[part[0]] = firsts.TryGetValue(part[0], out var before) ? before + 1 : 0;
        return score > Limit;
    }
}
