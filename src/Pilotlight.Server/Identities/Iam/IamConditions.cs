using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>IAM's own condition keys that depend on what is kept: boundaries and tags of the entity that an operation works on.</summary>
static class IamConditions
{
    const string ResourceTag = "iam:ResourceTag/";

    public static ConditionValues Find(AwsRequest request, string key, string resourceArn, AccountCatalog accounts)
    {
        if (key.StartsWith(ResourceTag, StringComparison.OrdinalIgnoreCase))
        {
            var name = key[ResourceTag.Length..];
            return Of(accounts.FindEntity(resourceArn)?.Tags.FirstOrDefault(tag => tag.Key.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value);
        }

        return key.ToLowerInvariant() switch
        {
            "iam:awsservicename" => Of(request.Form.GetValueOrDefault("AWSServiceName")),
            // What is being set, else what bounds the entity that is changed: so an administrator lets others make only bounded roles.
            "iam:permissionsboundary" => Of(
                request.Form.GetValueOrDefault("PermissionsBoundary") ?? (accounts.FindEntity(resourceArn) as PolicyHolder)?.PermissionsBoundary),
            _ => ConditionValues.None,
        };
    }

    static ConditionValues Of(string? value) => value is null ? ConditionValues.None : value;
}
