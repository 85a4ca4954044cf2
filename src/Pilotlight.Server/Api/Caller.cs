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
}
