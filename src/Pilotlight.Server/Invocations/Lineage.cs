using System.Buffers;
using System.Globalization;
using System.Text;
using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>
/// The part of the trace header that counts how often each function ran in a chain of invocations: <c>Lineage=1:25d2f9a4:3|1:…:0</c>.
/// Clients inside functions carry it on, which is how a loop is noticed (spec/invoke.md 5). What is no lineage counts as none.
/// </summary>
static class Lineage
{
    /// <summary>The invocation after this many in one chain is a loop.</summary>
    public const int MaxInvocations = 16;

    /// <summary>A longer chain of different functions forgets its oldest.</summary>
    const int MaxFunctions = 16;

    const string Key = "Lineage=";

    static readonly SearchValues<char> s_ends = SearchValues.Create(";, ");

    /// <summary>The trace header with one more invocation of the function counted.</summary>
    public static string Advance(string trace, FunctionVersion version)
    {
        var own = NameOf(version);
        var (start, end) = Find(trace);
        if (start < 0)
            return $"{trace.TrimEnd(';')};{Key}1:{own}:0";
        var count = -1;
        var kept = new List<string>();
        foreach (var (name, known) in Read(trace.AsSpan(start, end - start)))
        {
            if (name == own)
                count = Math.Max(count, known);
            else
                kept.Add($"1:{name}:{known.ToString(CultureInfo.InvariantCulture)}");
        }

        kept.Add($"1:{own}:{(count + 1).ToString(CultureInfo.InvariantCulture)}");
        return $"{trace[..start]}{string.Join('|', kept.TakeLast(MaxFunctions))}{trace[end..]}";
    }

    /// <summary>Whether the function ran in this chain as often as it may; the header has counted the invocation itself.</summary>
    public static bool IsLoop(string trace, FunctionVersion version)
    {
        // Nearly every invocation is the first of its chain.
        if (trace.EndsWith(":0", StringComparison.Ordinal) && !trace.Contains('|'))
            return false;
        var (start, end) = Find(trace);
        if (start < 0)
            return false;
        var own = NameOf(version);
        return Read(trace.AsSpan(start, end - start)).Any(entry => entry.Name == own && entry.Count >= MaxInvocations);
    }

    /// <summary>Versions and aliases of one function are one member of the chain.</summary>
    static string NameOf(FunctionVersion version)
    {
        Span<byte> bytes = stackalloc byte[256];
        var arn = version.FunctionArn;
        var length = arn.Length <= bytes.Length && Ascii.FromUtf16(arn, bytes, out var written) == OperationStatus.Done ? written : 0;
        return Crc32.Finish(Crc32.Append(Crc32.Start, bytes[..length])).ToString("x8", CultureInfo.InvariantCulture);
    }

    static (int Start, int End) Find(string trace)
    {
        var key = trace.IndexOf(Key, StringComparison.Ordinal);
        if (key < 0)
            return (-1, -1);
        var start = key + Key.Length;
        var length = trace.AsSpan(start).IndexOfAny(s_ends);
        return (start, length < 0 ? trace.Length : start + length);
    }

    /// <summary>Entries are <c>1:name:count</c>, of older clients <c>name:count</c>; some SDKs write the bar between them as <c>%7C</c>.</summary>
    static List<(string Name, int Count)> Read(ReadOnlySpan<char> text)
    {
        var entries = new List<(string, int)>();
        foreach (var entry in text.ToString().Replace("%7C", "|", StringComparison.OrdinalIgnoreCase).Split('|'))
        {
            var parts = entry.Split(':');
            if (parts is [.., { Length: > 0 and <= 32 } name, var count] && name.All(char.IsAsciiHexDigit)
                && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                entries.Add((name, Math.Min(number, 10_000)));
        }

        return entries;
    }
}
