using System.Collections.Immutable;

namespace Pilotlight.Functions;

/// <summary>Whose signatures a function's code and layers need, and what happens without one: immutable.</summary>
public sealed record CodeSigningConfig
{
    public const string Warn = "Warn";
    public const string Enforce = "Enforce";

    public required string AccountId { get; init; }
    public required string Region { get; init; }

    /// <summary><c>csc-</c> and 17 letters or digits.</summary>
    public required string Id { get; init; }

    public string Description { get; init; } = "";
    public required IReadOnlyList<string> SigningProfileVersionArns { get; init; }

    /// <summary><c>Warn</c> or <c>Enforce</c>.</summary>
    public string UntrustedArtifactOnDeployment { get; init; } = Warn;

    public required DateTimeOffset LastModified { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string Arn => $"arn:aws:lambda:{Region}:{AccountId}:code-signing-config:{Id}";
}
