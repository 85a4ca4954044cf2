using System.Collections.Immutable;

namespace Pilotlight.Functions;

/// <summary>What makes a layer unique.</summary>
public readonly record struct LayerKey(string AccountId, string Region, string Name)
{
    public string Arn => $"arn:aws:lambda:{Region}:{AccountId}:layer:{Name}";
}

/// <summary>A layer with all its versions: immutable, replaced as a whole by every change. It outlives its last version, for its numbers.</summary>
public sealed record Layer(LayerKey Key)
{
    /// <summary>Numbers are never reused, not even after every version was deleted.</summary>
    public long LastVersionNumber { get; init; }

    public ImmutableSortedDictionary<long, LayerVersion> Versions { get; init; } = ImmutableSortedDictionary<long, LayerVersion>.Empty;
}

/// <summary>One version of a layer. Only its policy ever changes.</summary>
public sealed record LayerVersion
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }
    public required long Number { get; init; }

    /// <summary>SHA-256 of the zip, lower-case hex: the name of the blob and of the unpacked folder.</summary>
    public required string CodeHash { get; init; }

    public required long CodeSizeBytes { get; init; }
    public required long UnzippedBytes { get; init; }
    public required DateTimeOffset CreatedDate { get; init; }
    public string Description { get; init; } = "";

    /// <summary>Null when never given; shown as it was given, even when empty.</summary>
    public IReadOnlyList<string>? CompatibleRuntimes { get; init; }

    public IReadOnlyList<string>? CompatibleArchitectures { get; init; }
    public string? LicenseInfo { get; init; }
    public ResourcePolicy? Policy { get; init; }

    /// <summary>Who signed the zip, when its signature holds.</summary>
    public CodeSignature? Signature { get; init; }

    public LayerKey Key => new(AccountId, Region, Name);

    public string Arn => $"{Key.Arn}:{Number}";

    public bool Suits(string? runtime, string? architecture) =>
        (runtime is null || CompatibleRuntimes?.Contains(runtime) == true)
        && (architecture is null || CompatibleArchitectures?.Contains(architecture) == true);
}

/// <summary>A layer version as a function version uses it: a copy, because it stays usable after the layer version was deleted.</summary>
public sealed record FunctionLayer(string Arn, string CodeHash, long CodeSizeBytes, long UnzippedBytes)
{
    public CodeSignature? Signature { get; init; }
}

/// <summary>Who signed a package: a version of a signing profile, in one signing job.</summary>
public sealed record CodeSignature(string ProfileVersionArn, string? JobArn);
