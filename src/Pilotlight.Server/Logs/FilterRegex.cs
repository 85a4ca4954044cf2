using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Pilotlight.Logs;

/// <summary>A regular expression of a filter pattern: AWS's small subset, run without backtracking, so that its time is linear.</summary>
sealed class FilterRegex
{
    static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_#=@/;:,-^$?[]{}|\\*+.");

    /// <summary>Letters that mean something after a backslash; other letters and digits there are refused.</summary>
    static readonly SearchValues<char> Classes = SearchValues.Create("dDsSwWx");

    readonly Regex _regex;

    FilterRegex(Regex regex) => _regex = regex;

    public static FilterRegex Parse(ReadOnlySpan<char> expression)
    {
        if (expression.IsEmpty)
            throw FilterReader.Invalid();
        for (var at = 0; at < expression.Length; at++)
        {
            if (expression[at] == '\\')
            {
                at++;
                if (at == expression.Length || char.IsAsciiLetterOrDigit(expression[at]) && !Classes.Contains(expression[at]))
                    throw FilterReader.Invalid();
            }
            else if (!Allowed.Contains(expression[at]))
                throw FilterReader.InvalidTerm(expression[at].ToString());
        }

        try
        {
            return new FilterRegex(new Regex(expression.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            throw FilterReader.Invalid();
        }
    }

    public bool IsMatch(ReadOnlySpan<byte> message) => IsMatch(Encoding.UTF8.GetString(message));

    public bool IsMatch(string text) => _regex.IsMatch(text);
}
