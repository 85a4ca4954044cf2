namespace Pilotlight.Iam;

/// <summary>Which grammar a document follows: what a statement must have and may not have differs.</summary>
public enum PolicyKind
{
    /// <summary>An inline policy of a user, group or role: resources, no principal.</summary>
    Identity,

    /// <summary>A managed policy, which may be attached or be a permissions boundary: as <see cref="Identity"/>, but of version 2012-10-17.</summary>
    Managed,

    /// <summary>Passed to STS with a new session: as <see cref="Identity"/>, but its ARNs are complete.</summary>
    Session,

    /// <summary>Attached to a function, queue, bucket, topic, ...: a principal; the resource may be left out.</summary>
    Resource,

    /// <summary>The trust policy of a role: a principal, STS actions only, no resource.</summary>
    Trust,

    /// <summary>Service control policy of an organisation: the grammar of <see cref="Identity"/>.</summary>
    ServiceControl,

    /// <summary>Resource control policy of an organisation: principal <c>*</c>.</summary>
    ResourceControl,
}

/// <summary>The part that a policy plays in a decision.</summary>
public enum PolicyType
{
    Identity,
    Resource,
    RoleTrust,
    PermissionsBoundary,
    Session,
    ServiceControl,
    ResourceControl,
}
