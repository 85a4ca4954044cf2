namespace Pilotlight.Api;

public enum CallerKind
{
    Root,
    User,
    AssumedRole,
    FederatedUser,
    Service,
    Anonymous,
}

/// <summary>Who sent a request, as its signature proved.</summary>
public sealed record Caller
{
    /// <summary>Whoever sends a request that nobody signed.</summary>
    public static Caller Anonymous { get; } = new() { AccountId = "", Arn = "", UserId = "", Kind = CallerKind.Anonymous };

    public required string AccountId { get; init; }

    /// <summary><c>arn:aws:iam::A:root</c>, <c>arn:aws:iam::A:user/N</c>, <c>arn:aws:sts::A:assumed-role/R/S</c>.</summary>
    public required string Arn { get; init; }

    /// <summary>Account id for root, else the unique id (<c>AROA…:session</c>).</summary>
    public required string UserId { get; init; }

    public required CallerKind Kind { get; init; }

    public string AccessKeyId { get; init; } = "";

    /// <summary>The role whose session this is, <c>arn:aws:iam::A:role/R</c>, or null.</summary>
    public string? RoleArn { get; init; }

    /// <summary>The function whose environment holds these credentials, or null.</summary>
    public string? SourceFunctionArn { get; init; }

    /// <summary>The unique id of the user (<c>AIDA…</c>) or role (<c>AROA…</c>), the account id of root.</summary>
    public string PrincipalId { get; init; } = "";

    /// <summary>The user's name without path, of the user itself and of its sessions; or null.</summary>
    public string? UserName { get; init; }

    /// <summary>Whose session this is: <see cref="RoleArn"/>, or the ARN of the user that GetFederationToken was called by.</summary>
    public string? SessionOfArn { get; init; }

    /// <summary>The name of a role session or of a federated user, or null.</summary>
    public string? SessionName { get; init; }

    /// <summary>When the credentials were issued (<c>aws:TokenIssueTime</c>), or null for a long-term key.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>When the user proved itself with a second factor, or null.</summary>
    public DateTimeOffset? MfaAt { get; init; }

    public string? SourceIdentity { get; init; }

    /// <summary>The issuer that vouched for whom wears the role (<c>aws:FederatedProvider</c>), or null.</summary>
    public string? FederatedProvider { get; init; }

    /// <summary>Tags that the session was made with; those of the role or user itself are not among them.</summary>
    public IReadOnlyDictionary<string, string> SessionTags { get; init; } = EmptyTags.Instance;

    /// <summary>Keys of session tags that go on to the next role of a chain.</summary>
    public IReadOnlyList<string> TransitiveTagKeys { get; init; } = [];

    /// <summary>Texts of session policies, or null: the session was made without.</summary>
    public IReadOnlyList<string>? SessionPolicies { get; init; }

    /// <summary>Managed policies that are session policies too.</summary>
    public IReadOnlyList<string> SessionPolicyArns { get; init; } = [];
}

/// <summary>Apart from <see cref="Caller"/>, whose own static members are made with it.</summary>
file static class EmptyTags
{
    public static readonly IReadOnlyDictionary<string, string> Instance = new Dictionary<string, string>();
}
