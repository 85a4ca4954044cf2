namespace Pilotlight.Iam;

/// <summary>
/// Matching with wildcards, without recursion: the work is at most the product of the two lengths, whatever the pattern. In a compiled
/// pattern the wildcards are two characters that Unicode reserves for such uses, so that <c>${*}</c> and the values of variables can hold
/// a plain asterisk.
/// </summary>
static class Glob
{
    public const char Many = '\uFDD0';
    public const char One = '\uFDD1';

    /// <summary>What a wildcard's own character becomes when it stands in a policy or a value: nothing that any request can contain.</summary>
    public const char Neither = '\uFDD2';

    public static bool HasWildcards(ReadOnlySpan<char> pattern) => pattern.IndexOfAny(Many, One) >= 0;

    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, ref long work) => Matches(pattern, text, out _, ref work);

    /// <param name="isHopeless">
    /// What follows an asterisk was found nowhere in the rest of the text, so the same pattern cannot match from a later place either.
    /// </param>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, out bool isHopeless, ref long work) =>
        Matches(pattern, text, ignoreCase: false, out isHopeless, ref work);

    public static bool MatchesIgnoringCase(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, ref long work) =>
        Matches(pattern, text, ignoreCase: true, out _, ref work);

    static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase, out bool isHopeless, ref long work)
    {
        // Only the last asterisk ever needs to give: what was matched before it was matched as early as possible.
        isHopeless = false;
        int at = 0, star = -1, resume = 0, position = 0;
        while (position < text.Length)
        {
            work++;
            if (at < pattern.Length && pattern[at] == Many)
            {
                star = at++;
                resume = position;
                if (at == pattern.Length)
                    return true;
            }
            else if (at < pattern.Length && (pattern[at] == One || Same(pattern[at], text[position], ignoreCase)))
            {
                at++;
                position++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                position = ++resume;
            }
            else
                return false;
        }

        while (at < pattern.Length && pattern[at] == Many)
            at++;
        isHopeless = star >= 0;
        return at == pattern.Length;
    }

    static bool Same(char one, char other, bool ignoreCase) =>
        one == other || ignoreCase && char.ToLowerInvariant(one) == char.ToLowerInvariant(other);
}
