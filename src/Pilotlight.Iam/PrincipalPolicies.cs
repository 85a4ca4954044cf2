namespace Pilotlight.Iam;

/// <summary>
/// What limits and allows one principal, whatever it asks for. Immutable: made once when an identity's policies change, shared by its
/// requests.
/// </summary>
public sealed record PrincipalPolicies
{
    public static readonly PrincipalPolicies None = new();

    /// <summary>Inline and attached policies of the user and its groups, or of the role.</summary>
    public IReadOnlyList<Policy> Identity { get; init; } = [];

    /// <summary>Null: the user or role has none.</summary>
    public Policy? PermissionsBoundary { get; init; }

    /// <summary>
    /// Null: the session was made without a session policy, and is as strong as its role. Empty: a federated user's session without
    /// one, which its user's policies give nothing.
    /// </summary>
    public IReadOnlyList<Policy>? Session { get; init; }

    /// <summary>
    /// From the organisation's root down to the account, the service control policies attached at each level; every level must allow.
    /// Empty: no organisation, or its management account.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<Policy>> ServiceControl { get; init; } = [];
}

/// <summary>What the resource's side has to say. Immutable, shared by requests.</summary>
public sealed record ResourcePolicies
{
    public static readonly ResourcePolicies None = new();

    /// <summary>Null: the resource has no policy.</summary>
    public Policy? Policy { get; init; }

    /// <summary>
    /// True for role trust policies and key policies: nobody may without being named there, not even the resource's own account
    /// (which may be named as a whole, and then its identity policies decide).
    /// </summary>
    public bool MustNamePrincipal { get; init; }

    /// <summary>Like <see cref="PrincipalPolicies.ServiceControl"/>, for the account that owns the resource.</summary>
    public IReadOnlyList<IReadOnlyList<Policy>> ResourceControl { get; init; } = [];

    public static ResourcePolicies Of(Policy? policy) => policy is null ? None : new ResourcePolicies { Policy = policy };

    /// <summary>The trust policy of a role that is being assumed.</summary>
    public static ResourcePolicies TrustOf(Policy policy) => new() { Policy = policy, MustNamePrincipal = true };
}
