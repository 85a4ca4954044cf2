using System.Globalization;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Authorization;

/// <summary>
/// The condition keys of a request, looked up in what it already has. It notes whether a policy asked for one: a decision that did
/// not depend on the request may be remembered.
/// </summary>
sealed class RequestKeys(AwsRequest request, string resource, JudgedResources resources, Func<string, ConditionValues>? more) : IConditionKeys
{
    /// <summary>Whether anything was asked that another request could answer differently.</summary>
    public bool WereAsked { get; private set; }

    public string? OrganizationOfResource { get; init; }

    public ConditionValues Find(string key)
    {
        // The principal answers these; a remembered decision belongs to the principal anyway.
        if (key.StartsWith("aws:Principal", StringComparison.OrdinalIgnoreCase) || key.Equals("aws:userid", StringComparison.OrdinalIgnoreCase)
            || key.Equals("aws:username", StringComparison.OrdinalIgnoreCase) || key.Equals("lambda:SourceFunctionArn", StringComparison.OrdinalIgnoreCase))
            return ConditionValues.None;
        WereAsked = true;
        var http = request.Http;
        return key.ToLowerInvariant() switch
        {
            "aws:sourceip" => Text(SourceIp(http)),
            "aws:securetransport" => http.Request.IsHttps ? "true" : "false",
            "aws:useragent" => Text(request.Header("User-Agent")),
            "aws:referer" => Text(request.Header("Referer")),
            "aws:requestedregion" => request.Region,
            "aws:viaawsservice" => "false",
            "aws:resourceaccount" => resources.OwnerOf(resource) ?? request.AccountId,
            "aws:resourceorgid" => Text(OrganizationOfResource),
            "aws:multifactorauthage" => request.Caller.MfaAt is { } proven ? Age(proven) : ConditionValues.None,
            "aws:tagkeys" => new ConditionValues(RequestTags.KeysOf(request)),
            "iam:policyarn" => Text(request.Form.GetValueOrDefault("PolicyArn")),
            _ when key.StartsWith("aws:RequestTag/", StringComparison.OrdinalIgnoreCase) =>
                Text(RequestTags.Of(request).FirstOrDefault(tag => tag.Key.Equals(key["aws:RequestTag/".Length..], StringComparison.OrdinalIgnoreCase)).Value),
            _ when key.StartsWith("aws:ResourceTag/", StringComparison.OrdinalIgnoreCase) => Tag(key["aws:ResourceTag/".Length..]),
            _ => Further(key),
        };
    }

    ConditionValues Further(string key) =>
        more?.Invoke(key) is { Exist: true } given ? given : request.Operation.Conditions?.Invoke(request, key) ?? ConditionValues.None;

    static ConditionValues Age(DateTimeOffset proven) =>
        ((long)(TimeProvider.System.GetUtcNow() - proven).TotalSeconds).ToString(CultureInfo.InvariantCulture);

    static ConditionValues Text(string? text) => text is null ? ConditionValues.None : text;

    static string? SourceIp(HttpContext http) => http.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : null;

    ConditionValues Tag(string key)
    {
        foreach (var (name, value) in resources.TagsOf(resource) ?? new Dictionary<string, string>())
        {
            if (name.Equals(key, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return ConditionValues.None;
    }
}
