using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>The condition keys under which a role's trust policy judges who wants to wear it.</summary>
sealed class AssumeRoleKeys(StsRequest request, Role role, SessionLimits limits) : IConditionKeys
{
    public ConditionValues Find(string key)
    {
        if (TagOf(key, "aws:RequestTag/", limits.Tags) is { } requested)
            return requested;
        if ((TagOf(key, "aws:ResourceTag/", role.Tags) ?? TagOf(key, "iam:ResourceTag/", role.Tags)) is { } ofRole)
            return ofRole;
        var http = request.Aws.Http;
        return key.ToLowerInvariant() switch
        {
            "sts:externalid" => Of(request.Text("ExternalId")),
            "sts:rolesessionname" => Of(request.Text("RoleSessionName")),
            "sts:sourceidentity" => Of(request.Text("SourceIdentity")),
            "sts:transitivetagkeys" => new ConditionValues(limits.TransitiveTagKeys),
            "aws:tagkeys" => new ConditionValues([.. limits.Tags.Select(tag => tag.Key)]),
            "aws:sourceip" => Of(http.Connection.RemoteIpAddress?.ToString()),
            "aws:useragent" => Of(request.Aws.Header("User-Agent")),
            "aws:securetransport" => http.Request.IsHttps ? "true" : "false",
            "aws:requestedregion" => request.Aws.Region,
            _ => ConditionValues.None,
        };
    }

    static ConditionValues? TagOf(string key, string prefix, IReadOnlyList<Tag> tags) =>
        key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            ? Of(tags.FirstOrDefault(tag => tag.Key.AsSpan().Equals(key.AsSpan(prefix.Length), StringComparison.OrdinalIgnoreCase))?.Value)
            : (ConditionValues?)null;

    static ConditionValues Of(string? value) => value is null ? ConditionValues.None : new ConditionValues(value);
}
