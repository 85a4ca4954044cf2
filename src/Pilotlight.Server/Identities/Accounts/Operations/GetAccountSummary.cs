using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html</summary>
static class GetAccountSummary
{
    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        (string Key, int Value)[] entries =
        [
            ("Users", account.Users.Count), ("UsersQuota", 5000), ("Groups", account.Groups.Count), ("GroupsQuota", 300),
            ("Roles", account.Roles.Count), ("RolesQuota", 5000), ("Policies", account.Policies.Count), ("PoliciesQuota", 5000),
            ("PolicyVersionsInUse", account.Policies.Sum(policy => policy.Versions.Count)), ("PolicyVersionsInUseQuota", 10000),
            ("VersionsPerPolicyQuota", ManagedPolicy.MaxVersions), ("InstanceProfiles", account.InstanceProfiles.Count),
            ("InstanceProfilesQuota", 5000), ("Providers", account.OidcProviders.Count), ("AccessKeysPerUserQuota", 2),
            ("AttachedPoliciesPerRoleQuota", HolderKind.MaxAttached), ("AttachedPoliciesPerUserQuota", HolderKind.MaxAttached),
            ("AttachedPoliciesPerGroupQuota", HolderKind.MaxAttached), ("GroupsPerUserQuota", 10), ("PolicySizeQuota", 6144),
            ("RolePolicySizeQuota", HolderKind.Role.InlineChars), ("UserPolicySizeQuota", HolderKind.User.InlineChars),
            ("GroupPolicySizeQuota", HolderKind.Group.InlineChars), ("AssumeRolePolicySizeQuota", 2048), ("ServerCertificates", 0),
            ("ServerCertificatesQuota", 20), ("SigningCertificatesPerUserQuota", 2), ("MFADevices", 0), ("MFADevicesInUse", 0),
            ("AccountMFAEnabled", 0), ("AccountAccessKeysPresent", 0), ("AccountSigningCertificatesPresent", 0), ("AccountPasswordPresent", 0),
            ("GlobalEndpointTokenVersion", 1),
        ];
        return request.Answer(xml => xml.Structure("SummaryMap", xml =>
        {
            foreach (var (key, value) in entries)
            {
                xml.Structure("entry", xml =>
                {
                    xml.Text("key", key);
                    xml.Text("value", value.ToString(CultureInfo.InvariantCulture));
                });
            }
        }));
    }
}
