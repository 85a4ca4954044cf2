using System.Globalization;

namespace Pilotlight.Iam;

/// <summary>One request while it is judged: its keys, and a count of the work done for it.</summary>
struct Evaluation(AccessRequest request, List<string>? missing)
{
    public readonly AccessRequest Request = request;

    /// <summary>Characters and statements looked at: what the promise of linear cost is tested with.</summary>
    public long Work;

    public readonly ConditionValues Find(string key)
    {
        var values = Request.Context.Find(key);
        return values.Exist || values.IsList ? values : OfPrincipal(key);
    }

    /// <summary>Notes a key that the request did not have.</summary>
    public readonly void Missed(string key)
    {
        if (missing is not null && !missing.Contains(key, StringComparer.OrdinalIgnoreCase))
            missing.Add(key);
    }

    readonly ConditionValues OfPrincipal(string key)
    {
        var principal = Request.Principal;
        if (principal.SessionKeys?.Find(key) is { Exist: true } ofSession)
            return ofSession;
        if (!key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            return default;
        const string tag = "aws:PrincipalTag/";
        if (key.StartsWith(tag, StringComparison.OrdinalIgnoreCase))
            return Optional(principal.Tags.GetValueOrDefault(key[tag.Length..]));
        return key.ToLowerInvariant() switch
        {
            "aws:principalarn" => Optional(principal.AccountId.Length > 0 ? principal.PrincipalArn : null),
            "aws:principalaccount" => Optional(principal.AccountId),
            "aws:principaltype" => TypeOf(principal.Kind),
            "aws:principalorgid" => Optional(principal.OrganizationId),
            "aws:principalorgpaths" => List(principal.OrganizationPath),
            "aws:userid" => Optional(principal.Kind == PrincipalKind.Anonymous ? "anonymous" : principal.UserId),
            "aws:username" => Optional(principal.UserName),
            "aws:principalisawsservice" => new ConditionValues(principal.Kind == PrincipalKind.Service ? "true" : "false"),
            "aws:principalservicename" => Optional(principal.Kind == PrincipalKind.Service ? principal.Arn : null),
            "aws:principalservicenameslist" => List(principal.Kind == PrincipalKind.Service ? principal.Arn : null),
            "aws:resourceaccount" => Optional(Request.OwnerOfResource),
            "aws:currenttime" => Optional(Request.Time?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
            "aws:epochtime" => Optional(Request.Time?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            _ => default,
        };
    }

    static ConditionValues Optional(string? value) => string.IsNullOrEmpty(value) ? default : new ConditionValues(value);

    static ConditionValues List(string? value) => value is null ? default : new ConditionValues([value]);

    static ConditionValues TypeOf(PrincipalKind kind) => kind switch
    {
        PrincipalKind.Root => "Account",
        PrincipalKind.User => "User",
        PrincipalKind.RoleSession => "AssumedRole",
        PrincipalKind.FederatedUser => "FederatedUser",
        PrincipalKind.Anonymous => "Anonymous",
        _ => ConditionValues.None,
    };
}
