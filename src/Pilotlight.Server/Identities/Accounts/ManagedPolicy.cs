namespace Pilotlight.Identities;

/// <summary>A policy of its own, with up to five versions, of an account or (<c>aws</c>) of AWS itself.</summary>
public sealed record ManagedPolicy : IdentityEntity
{
    public const int MaxVersions = 5;

    public string? Description { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Ascending by number.</summary>
    public required IReadOnlyList<PolicyVersion> Versions { get; init; }

    public required int DefaultVersion { get; init; }

    /// <summary>Numbers are never reused, not even after a version was deleted.</summary>
    public required int LastVersion { get; init; }

    public PolicyText Document => Versions.First(version => version.Number == DefaultVersion).Document;

    public PolicyVersion? FindVersion(string versionId) => Versions.FirstOrDefault(version => version.VersionId == versionId);

    protected override string ArnKind => "policy";
}

public sealed record PolicyVersion(int Number, PolicyText Document, DateTimeOffset CreatedAt)
{
    public string VersionId => $"v{Number}";
}
