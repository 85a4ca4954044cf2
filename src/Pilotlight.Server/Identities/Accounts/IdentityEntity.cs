namespace Pilotlight.Identities;

public sealed record Tag(string Key, string Value);

/// <summary>What IAM keeps by name in an account: immutable, replaced as a whole by every change.</summary>
public abstract record IdentityEntity
{
    public required string AccountId { get; init; }

    /// <summary>AWS's unique id: <c>AROA…</c>, <c>AIDA…</c>, 21 characters. Never used again, also not for the same name.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary><c>/</c> or <c>/team/sub/</c>.</summary>
    public string Path { get; init; } = "/";

    public required DateTimeOffset CreatedAt { get; init; }

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public string Arn => $"arn:aws:iam::{AccountId}:{ArnKind}{Path}{Name}";

    /// <summary>What stands before the path in the ARN: <c>role</c>.</summary>
    protected abstract string ArnKind { get; }
}

/// <summary>A user, a group or a role: what policies are given to.</summary>
public abstract record PolicyHolder : IdentityEntity
{
    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<InlinePolicy> InlinePolicies { get; init; } = [];

    /// <summary>ARNs of managed policies, in the order in which they were attached.</summary>
    public IReadOnlyList<string> AttachedPolicies { get; init; } = [];

    /// <summary>The ARN of the managed policy that bounds what the others may give, or null. Groups have none.</summary>
    public string? PermissionsBoundary { get; init; }
}

public sealed record InlinePolicy(string Name, PolicyText Document);

public sealed record Role : PolicyHolder
{
    public required PolicyText TrustPolicy { get; init; }

    public string? Description { get; init; }

    /// <summary>Null when it was not given: then it is an hour, and CreateRole does not show it.</summary>
    public int? MaxSessionSeconds { get; init; }

    public TimeSpan MaxSession => TimeSpan.FromSeconds(MaxSessionSeconds ?? 3600);

    protected override string ArnKind => "role";
}

public sealed record User : PolicyHolder
{
    public IReadOnlyList<UserKey> AccessKeys { get; init; } = [];

    /// <summary>The unique ids of the groups that the user is in: a renamed group keeps its members.</summary>
    public IReadOnlyList<string> GroupIds { get; init; } = [];

    protected override string ArnKind => "user";
}

/// <summary>A user's long-term key. The secret lies sealed, so that the database alone gives none away.</summary>
public sealed record UserKey(string Id, bool IsActive, byte[] SealedSecret, DateTimeOffset CreatedAt);

public sealed record Group : PolicyHolder
{
    protected override string ArnKind => "group";
}

public sealed record InstanceProfile : IdentityEntity
{
    /// <summary>The unique id of its role, or null.</summary>
    public string? RoleId { get; init; }

    protected override string ArnKind => "instance-profile";
}

/// <summary>An issuer of web identities that the account trusts. Its name is its address without <c>https://</c>.</summary>
public sealed record OidcProvider : IdentityEntity
{
    public IReadOnlyList<string> ClientIds { get; init; } = [];

    public IReadOnlyList<string> Thumbprints { get; init; } = [];

    /// <summary>An issuer on this machine, whose keys are asked for without TLS.</summary>
    public bool IssuesOverHttp { get; init; }

    protected override string ArnKind => "oidc-provider";
}
