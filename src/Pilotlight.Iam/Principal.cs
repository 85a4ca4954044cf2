using System.Collections.Frozen;

namespace Pilotlight.Iam;

public enum PrincipalKind
{
    /// <summary>Nobody signed the request.</summary>
    Anonymous,

    /// <summary>The account itself.</summary>
    Root,

    User,

    /// <summary>A session of a role.</summary>
    RoleSession,

    /// <summary>A session of a user that <c>sts:GetFederationToken</c> made.</summary>
    FederatedUser,

    /// <summary>Somebody whom an OIDC or SAML provider vouches for; exists only while a role is being assumed.</summary>
    WebIdentity,

    /// <summary>An AWS service, such as <c>s3.amazonaws.com</c>.</summary>
    Service,
}

/// <summary>
/// Who asks. Immutable and made once per identity or session. The keys that depend on the principal alone (<c>aws:PrincipalArn</c>,
/// <c>aws:PrincipalAccount</c>, <c>aws:PrincipalType</c>, <c>aws:PrincipalTag/…</c>, <c>aws:PrincipalOrgID</c>, <c>aws:userid</c>,
/// <c>aws:username</c>, <c>aws:PrincipalIsAWSService</c>, <c>aws:PrincipalServiceName</c>) come from here and need not be in a request's context.
/// </summary>
public sealed record Principal
{
    public static readonly Principal Anonymous = new() { Kind = PrincipalKind.Anonymous, Arn = "", AccountId = "" };

    public required PrincipalKind Kind { get; init; }

    /// <summary>
    /// <c>arn:aws:iam::A:root</c>, <c>arn:aws:iam::A:user/path/N</c>, <c>arn:aws:sts::A:assumed-role/R/S</c>,
    /// <c>arn:aws:sts::A:federated-user/N</c>; for a service its name, for a web identity its provider.
    /// </summary>
    public required string Arn { get; init; }

    /// <summary>Twelve digits; empty for services, web identities and anonymous requests.</summary>
    public required string AccountId { get; init; }

    /// <summary>
    /// What <c>aws:userid</c> says: <c>AIDA…</c> of a user, <c>AROA…:session</c> of a role session, the account id of root,
    /// <c>A:name</c> of a federated user.
    /// </summary>
    public string UserId { get; init; } = "";

    /// <summary>Of a user: its friendly name, without path.</summary>
    public string? UserName { get; init; }

    /// <summary>
    /// Whose session this is: <c>arn:aws:iam::A:role/path/R</c> of a role session, <c>arn:aws:iam::A:user/path/N</c> of a federated user.
    /// </summary>
    public string? SessionOfArn { get; init; }

    /// <summary>Tags of the user or role, overlaid with those of the session. Keys are found whatever their case.</summary>
    public FrozenDictionary<string, string> Tags { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary><c>o-…</c>, when the account belongs to an organisation.</summary>
    public string? OrganizationId { get; init; }

    /// <summary><c>o-…/r-…/ou-…/</c>.</summary>
    public string? OrganizationPath { get; init; }

    /// <summary>
    /// Keys fixed when the session was made: <c>aws:TokenIssueTime</c>, <c>aws:MultiFactorAuthPresent</c>, <c>aws:SourceIdentity</c>,
    /// <c>aws:FederatedProvider</c>, <c>lambda:SourceFunctionArn</c>, the claims of a web identity, ...
    /// </summary>
    public ConditionTable? SessionKeys { get; init; }

    /// <summary>The ARN of <c>aws:PrincipalArn</c>: of a role session the role's.</summary>
    public string PrincipalArn => Kind == PrincipalKind.RoleSession && SessionOfArn is { } role ? role : Arn;

    /// <summary>Roles that belong to a service; service and resource control policies do not limit them.</summary>
    public bool IsServiceLinked => Kind == PrincipalKind.RoleSession && SessionOfArn is { } role && role.Contains(":role/aws-service-role/", StringComparison.Ordinal);

    /// <summary>Tags in the form of <see cref="Tags"/>.</summary>
    public static FrozenDictionary<string, string> TagTable(IEnumerable<KeyValuePair<string, string>> tags)
    {
        // A later tag of the same key (the session's) replaces an earlier one (the role's).
        var table = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in tags)
            table[key] = value;
        return table.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
