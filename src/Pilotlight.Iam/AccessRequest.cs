namespace Pilotlight.Iam;

/// <summary>May this principal do this action on this resource? An operation that touches several resources asks once for each.</summary>
public sealed record AccessRequest
{
    public required Principal Principal { get; init; }

    /// <summary><c>lambda:InvokeFunction</c>; compared whatever its case.</summary>
    public required string Action { get; init; }

    /// <summary>An ARN, or <c>*</c> for an action that knows no resources.</summary>
    public required string Resource { get; init; }

    /// <summary>
    /// The account that owns the resource. Needed where the ARN does not say it (buckets, <c>*</c> of a cross-account call); otherwise
    /// it is read from the ARN, and an ARN without account means the principal's own.
    /// </summary>
    public string? ResourceAccountId { get; init; }

    /// <summary>What the request adds to the keys of its principal. Comes before them.</summary>
    public IConditionKeys Context { get; init; } = ConditionTable.Empty;

    /// <summary>Answers <c>aws:CurrentTime</c> and <c>aws:EpochTime</c> where the context does not.</summary>
    public DateTimeOffset? Time { get; init; }

    internal string OwnerOfResource => ResourceAccountId ?? (Arn.AccountSpan(Resource) is { IsEmpty: false } account ? account.ToString() : Principal.AccountId);

    internal bool IsWithinAccount => ResourceAccountId is { } owner
        ? owner == Principal.AccountId
        : Arn.AccountSpan(Resource) is { IsEmpty: false } account ? account.SequenceEqual(Principal.AccountId) : true;
}
