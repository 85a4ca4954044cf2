namespace Pilotlight.Authorization;

/// <summary>The parts of an ARN that decisions need: <c>arn:partition:service:region:account:rest</c>.</summary>
static class ArnText
{
    /// <summary>The owner's twelve digits; null for what names no account of ours (buckets, AWS's own policies, <c>*</c>).</summary>
    public static string? AccountOf(ReadOnlySpan<char> arn)
    {
        Span<Range> parts = stackalloc Range[6];
        if (arn.Split(parts, ':') != 6 || arn[parts[0]] is not "arn")
            return null;
        var account = arn[parts[4]];
        return account.Length == 12 && !account.ContainsAnyExceptInRange('0', '9') ? account.ToString() : null;
    }

    /// <summary>Whether the ARN names an account, and another one than this.</summary>
    public static bool IsOfOther(ReadOnlySpan<char> arn, string accountId)
    {
        Span<Range> parts = stackalloc Range[6];
        return arn.Split(parts, ':') == 6 && arn[parts[4]] is { Length: 12 } account && !account.SequenceEqual(accountId);
    }
}
