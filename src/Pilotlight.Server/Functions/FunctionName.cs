using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>A function as a request names it, resolved: whose it is, where it is, and which version of it is meant.</summary>
/// <param name="Qualifier">A version, an alias, <c>$LATEST</c>, or null when none was given.</param>
public readonly record struct FunctionReference(string AccountId, string Region, string Name, string? Qualifier)
{
    public FunctionKey Key => new(AccountId, Region, Name);

    /// <summary>The ARN of the function, without the qualifier.</summary>
    public string Arn => $"arn:aws:lambda:{Region}:{AccountId}:function:{Name}";

    /// <summary>The ARN as it was asked for: with the qualifier when there was one.</summary>
    public string QualifiedArn => Qualifier is null ? Arn : $"{Arn}:{Qualifier}";

    /// <summary>Get* and List* name the function as it was asked for.</summary>
    public AwsError NotFound => AwsError.NotFound($"Function not found: {QualifiedArn}");

    /// <summary>What the qualifier names is not there, or the function is not: only what can be an alias is called one.</summary>
    public AwsError QualifierNotFound =>
        Qualifier is { } qualifier && !qualifier.Contains('$') && !qualifier.All(char.IsAsciiDigit)
            ? AwsError.NotFound($"Cannot find alias arn: {QualifiedArn}")
            : NotFound;

    /// <summary>Delete, tags and concurrency never name a qualifier.</summary>
    public AwsError NotFoundUnqualified => AwsError.NotFound($"Function not found: {Arn}");

    /// <summary>Invoke and PutFunctionConcurrency name <c>$LATEST</c> even when nobody did.</summary>
    public AwsError NotFoundByInvoke => AwsError.NotFound($"Function not found: {Arn}:{Qualifier ?? FunctionVersion.Latest}");
}

/// <summary>The forms in which AWS accepts a function's name: bare, partial ARN, full ARN, each with or without a qualifier.</summary>
public readonly record struct FunctionName(string? Region, string? AccountId, string Name, string? Qualifier)
{
    /// <summary>
    /// Takes apart a text that matches the pattern of a function name. A function may be called like a region (<c>my-function-1:live</c>),
    /// so only what stands before an account or <c>function</c> is one.
    /// </summary>
    public static FunctionName Parse(string text)
    {
        if (!text.Contains(':'))
            return new FunctionName(null, null, text, null);
        ReadOnlySpan<string> parts = text.Split(':');
        if (parts is ["arn", _, "lambda", _, ..])
            parts = parts[3..];
        string? region = null;
        string? account = null;
        if (parts.Length > 1 && IsRegion(parts[0]) && (IsAccount(parts[1]) || parts[1] == "function"))
            Take(ref parts, out region);
        if (parts.Length > 1 && IsAccount(parts[0]))
            Take(ref parts, out account);
        if (parts.Length > 1 && parts[0] == "function")
            parts = parts[1..];
        return new FunctionName(region, account, parts[0], parts.Length > 1 ? parts[1] : null);
    }

    /// <summary>
    /// The function that the path's <c>FunctionName</c> and the query's <c>Qualifier</c> mean, in AWS's order of checks: region, account,
    /// agreement of the two qualifiers. (The pattern was checked by the model, existence is checked by the caller.)
    /// </summary>
    public static AwsError? Resolve(AwsRequest request, out FunctionReference reference) =>
        Resolve(request, request.Path("FunctionName"), request.Query("Qualifier"), out reference);

    public static AwsError? Resolve(AwsRequest request, string text, string? qualifier, out FunctionReference reference)
    {
        var name = Parse(text);
        reference = new FunctionReference(name.AccountId ?? request.AccountId, request.Region, name.Name, qualifier is { Length: > 0 } ? qualifier : name.Qualifier);
        if (name.Region is { } region && region != request.Region)
            return AwsError.NotFound($"Functions from '{region}' are not reachable in this region ('{request.Region}')");
        if (name.AccountId is { } account && account != request.AccountId && !CrossAccount.Allows(request.Operation))
            return CrossAccount.Refused;
        if (name.Qualifier is { } derived && derived != reference.Qualifier)
            return AwsError.InvalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
        return null;
    }

    /// <summary>What authorization judges: the ARN as it was asked for, of the account and region that the name itself gives.</summary>
    public static string ResourceOf(AwsRequest request) => ResourceOf(request, request.Path("FunctionName"), request.Query("Qualifier"));

    public static string ResourceOf(AwsRequest request, string text, string? qualifier)
    {
        var name = Parse(text);
        return new FunctionReference(
            name.AccountId ?? request.AccountId, name.Region ?? request.Region, name.Name,
            qualifier is { Length: > 0 } ? qualifier : name.Qualifier).QualifiedArn;
    }

    static void Take(ref ReadOnlySpan<string> parts, out string? taken)
    {
        taken = parts[0];
        parts = parts[1..];
    }

    static bool IsAccount(string part) => part.Length == 12 && part.All(char.IsAsciiDigit);

    /// <summary><c>us-east-1</c>, <c>us-gov-west-1</c>, <c>eusc-de-east-1</c>: at least two dashes, and a digit after the last.</summary>
    static bool IsRegion(string part)
    {
        var words = part.Split('-');
        return words.Length >= 3 && words[^1] is [>= '0' and <= '9']
            && (words[0].Length == 2 || words[0] == "eusc") && words[..^1].All(word => word.Length > 0 && word.All(char.IsAsciiLetterLower));
    }
}
