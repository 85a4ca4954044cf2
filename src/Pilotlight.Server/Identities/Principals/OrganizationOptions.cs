namespace Pilotlight.Identities;

/// <summary>
/// Settings of the section <c>Organization</c>: the organisation that every account of this platform belongs to. Without an
/// <see cref="Id"/> there is none.
/// </summary>
public sealed class OrganizationOptions
{
    /// <summary><c>o-abcde12345</c>, which <c>aws:PrincipalOrgID</c> says.</summary>
    public string? Id { get; set; }

    /// <summary>The account that service control policies do not bind, or null.</summary>
    public string? ManagementAccount { get; set; }

    /// <summary>
    /// Files with service control policies, by the account they are attached to; those of <c>*</c> are attached to the organisation's
    /// root. An account, or the root, that is not named has AWS's FullAWSAccess.
    /// </summary>
    public Dictionary<string, string[]> ServiceControlPolicies { get; set; } = [];
}
