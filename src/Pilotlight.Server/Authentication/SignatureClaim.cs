using Microsoft.Extensions.Primitives;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>What a request says about its own signature, in its header or its query. Nothing in it is proven yet.</summary>
ref struct SignatureClaim
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Signed in the query (presigned), not in the header.</summary>
    public bool IsPresigned { get; private set; }

    public ReadOnlySpan<char> ClaimedAlgorithm { get; private set; }

    /// <summary><c>key/date/region/service/aws4_request</c></summary>
    public ReadOnlySpan<char> Credential { get; private set; }

    public ReadOnlySpan<char> SignedHeaders { get; private set; }

    public ReadOnlySpan<char> Signature { get; private set; }

    public string? SessionToken { get; private set; }

    /// <summary>When it was signed, <c>20250131T235959Z</c>.</summary>
    public string Timestamp { get; private set; } = "";

    public DateTimeOffset Time { get; private set; }

    /// <summary>How long a presigned request may be used, or null for the usual window.</summary>
    public TimeSpan? Lifetime { get; private set; }

    public ReadOnlySpan<char> AccessKeyId { get; private set; }

    /// <summary><c>date/region/service/aws4_request</c></summary>
    public ReadOnlySpan<char> Scope { get; private set; }

    public ReadOnlySpan<char> Date { get; private set; }

    public ReadOnlySpan<char> Region { get; private set; }

    public ReadOnlySpan<char> Service { get; private set; }

    public ReadOnlySpan<char> Terminator { get; private set; }

    public SignatureClaim()
    {
    }

    /// <summary>Reads the claim; an error when there is none or it lacks a part.</summary>
    public static AwsError? Read(HttpRequest request, AuthenticationErrors errors, out SignatureClaim claim)
    {
        claim = new SignatureClaim();
        var authorization = request.Headers.Authorization;
        var presigned = request.QueryString.Value is { Length: > 1 } query
            && query.Contains("X-Amz-", StringComparison.OrdinalIgnoreCase)
            && (request.Query.ContainsKey("X-Amz-Algorithm") || request.Query.ContainsKey("X-Amz-Signature"));
        if (presigned)
        {
            return authorization.Count > 0
                ? errors.Mismatch("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
                : claim.ReadQuery(request.Query, errors);
        }

        var header = authorization.ToString();
        if (errors.IsS3 && header.Length > 0 && !header.StartsWith("AWS4-", StringComparison.Ordinal))
            return errors.OldSignature;
        return header.StartsWith("AWS4-", StringComparison.Ordinal) ? claim.ReadHeader(header, request.Headers, errors) : errors.MissingToken;
    }

    /// <summary>Whether the request says anything of a signature, however badly.</summary>
    public static bool IsIn(HttpRequest request) => request.Headers.Authorization.Count > 0
        || (request.QueryString.Value is { Length: > 1 } query && (query.Contains("X-Amz-", StringComparison.OrdinalIgnoreCase)
            || query.Contains("Signature=", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Splits <see cref="Credential"/>; false when it has not five parts.</summary>
    public bool TrySplitCredential()
    {
        Span<Range> parts = stackalloc Range[6];
        if (Credential.Split(parts, '/') != 5)
            return false;
        AccessKeyId = Credential[parts[0]];
        Scope = Credential[(AccessKeyId.Length + 1)..];
        Date = Credential[parts[1]];
        Region = Credential[parts[2]];
        Service = Credential[parts[3]];
        Terminator = Credential[parts[4]];
        return AccessKeyId.Length > 0;
    }

    AwsError? ReadHeader(string header, IHeaderDictionary headers, AuthenticationErrors errors)
    {
        var rest = header.AsSpan();
        ClaimedAlgorithm = NextWord(ref rest);
        while (NextWord(ref rest) is { Length: > 0 } word)
        {
            var equals = word.IndexOf('=');
            var name = equals < 0 ? word : word[..equals];
            var value = equals < 0 ? default : word[(equals + 1)..];
            if (name is "Credential")
                Credential = value;
            else if (name is "SignedHeaders")
                SignedHeaders = value;
            else if (name is "Signature")
                Signature = value;
        }

        var date = headers["X-Amz-Date"];
        var isHttpDate = date.Count == 0;
        if (isHttpDate)
            date = headers.Date;
        if (Credential.IsEmpty || Signature.IsEmpty || SignedHeaders.IsEmpty || date.Count == 0)
        {
            var missing = (Credential.IsEmpty ? "Authorization header requires 'Credential' parameter. " : "")
                + (Signature.IsEmpty ? "Authorization header requires 'Signature' parameter. " : "")
                + (SignedHeaders.IsEmpty ? "Authorization header requires 'SignedHeaders' parameter. " : "")
                + (date.Count == 0 ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " : "");
            return errors.IncompleteHeader(missing, header);
        }

        var token = headers["X-Amz-Security-Token"];
        SessionToken = token.Count == 0 ? null : token.ToString();
        return ReadTime(date.ToString(), errors, isHttpDate);
    }

    AwsError? ReadQuery(IQueryCollection query, AuthenticationErrors errors)
    {
        IsPresigned = true;
        ClaimedAlgorithm = Single(query, "X-Amz-Algorithm");
        Credential = Single(query, "X-Amz-Credential");
        Signature = Single(query, "X-Amz-Signature");
        SignedHeaders = Single(query, "X-Amz-SignedHeaders");
        var date = Single(query, "X-Amz-Date");
        if (ClaimedAlgorithm.IsEmpty || Credential.IsEmpty || Signature.IsEmpty || SignedHeaders.IsEmpty || date.Length == 0)
        {
            return errors.Incomplete(
                Missing("X-Amz-Algorithm", ClaimedAlgorithm) + Missing("X-Amz-Credential", Credential) + Missing("X-Amz-Signature", Signature)
                + Missing("X-Amz-SignedHeaders", SignedHeaders) + Missing("X-Amz-Date", date) + "Re-examine the query-string parameters.");
        }

        if (query.TryGetValue("X-Amz-Expires", out var expires))
        {
            if (expires.Count != 1 || !int.TryParse(expires[0], out var seconds))
                return errors.Incomplete("X-Amz-Expires should be a number");
            if (seconds < 1)
                return errors.Incomplete("X-Amz-Expires must be positive");
            if (seconds > 604_800)
                return errors.Incomplete("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds");
            Lifetime = TimeSpan.FromSeconds(seconds);
        }

        SessionToken = query.TryGetValue("X-Amz-Security-Token", out var token) ? token.ToString() : null;
        return ReadTime(date, errors, isHttpDate: false);

        static string Single(IQueryCollection query, string name) =>
            query.TryGetValue(name, out StringValues values) && values.Count == 1 ? values[0] ?? "" : "";

        static string Missing(string name, ReadOnlySpan<char> value) =>
            value.IsEmpty ? $"AWS query-string parameters must include '{name}'. " : "";
    }

    AwsError? ReadTime(string text, AuthenticationErrors errors, bool isHttpDate)
    {
        DateTimeOffset time;
        if (SignatureTime.TryParse(text, out time))
            Timestamp = text;
        else if (isHttpDate && SignatureTime.TryParseHttpDate(text, out time))
            Timestamp = SignatureTime.Format(time);
        else
            return errors.NotADate(text);
        Time = time;
        return null;
    }

    /// <summary>The next run without commas and spaces; empty at the end.</summary>
    static ReadOnlySpan<char> NextWord(scoped ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(" ,\t");
        var end = rest.IndexOfAny(' ', ',', '\t');
        var word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word;
    }
}
