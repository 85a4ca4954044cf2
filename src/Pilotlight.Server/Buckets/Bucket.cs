using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pilotlight.Authorization;

namespace Pilotlight.Buckets;

/// <summary>Whether new objects replace old ones or stand beside them.</summary>
enum Versioning
{
    Never,
    Enabled,
    Suspended,
}

/// <summary>Which of public access a bucket refuses.</summary>
sealed record PublicAccessBlock(bool BlockPublicAcls, bool IgnorePublicAcls, bool BlockPublicPolicy, bool RestrictPublicBuckets)
{
    public static PublicAccessBlock All { get; } = new(true, true, true, true);
}

/// <summary>What a bucket is set to; stored as JSON. Null where nothing was put.</summary>
sealed record BucketSettings
{
    public Versioning Versioning { get; init; }

    public PublicAccessBlock? PublicAccess { get; init; } = PublicAccessBlock.All;

    public string? Ownership { get; init; } = "BucketOwnerEnforced";

    public string? Policy { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Normalised XML, as it is given back.</summary>
    public string? Encryption { get; init; }

    public string? Lifecycle { get; init; }

    public string? Cors { get; init; }

    public NotificationConfiguration Notifications { get; init; } = NotificationConfiguration.None;
}

/// <summary>A bucket, immutable.</summary>
sealed partial record Bucket(long Id, string Name, string AccountId, string Region, DateTimeOffset Created)
{
    public BucketSettings Settings { get; private init; } = new();

    public string Arn => $"arn:aws:s3:::{Name}";

    /// <summary>The policy that decisions are made with: what is public is taken back where the bucket restricts public access.</summary>
    public BucketPolicy? JudgedPolicy { get; private init; }

    public bool IsPublic { get; private init; }

    public Lifecycle Lifecycle { get; private init; } = Lifecycle.None;

    public Bucket With(BucketSettings settings)
    {
        var isPublic = settings.Policy is { } policy && PublicPolicy.IsPublic(policy);
        var text = settings.Policy is { } own && isPublic && settings.PublicAccess is { RestrictPublicBuckets: true } ? Restricted(own) : settings.Policy;
        return this with
        {
            Settings = settings,
            IsPublic = isPublic,
            Lifecycle = Lifecycle.Document == settings.Lifecycle ? Lifecycle : Lifecycle.Of(settings.Lifecycle),
            JudgedPolicy = text is null ? null : JudgedPolicy?.Document == text ? JudgedPolicy : new BucketPolicy(text),
        };
    }

    /// <summary>Only principals of the owner's account and AWS's services remain.</summary>
    string Restricted(string policy)
    {
        var document = JsonNode.Parse(policy)!.AsObject();
        var deny = new JsonObject
        {
            ["Effect"] = "Deny",
            ["Principal"] = "*",
            ["Action"] = "s3:*",
            ["Resource"] = new JsonArray(Arn, $"{Arn}/*"),
            ["Condition"] = new JsonObject
            {
                ["StringNotEquals"] = new JsonObject { ["aws:PrincipalAccount"] = AccountId },
                ["BoolIfExists"] = new JsonObject { ["aws:PrincipalIsAWSService"] = "false" },
            },
        };
        if (document["Statement"] is JsonArray statements)
            statements.Add(deny);
        else
            document["Statement"] = new JsonArray(document["Statement"]!.DeepClone(), deny);
        return document.ToJsonString();
    }

    /// <summary>3 to 63 of a-z, 0-9, dot and hyphen, not like an address, without the prefixes and suffixes that AWS keeps for itself.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal)
        && !AddressPattern().IsMatch(name) && !name.StartsWith("xn--", StringComparison.Ordinal) && !name.StartsWith("sthree-", StringComparison.Ordinal)
        && !name.EndsWith("-s3alias", StringComparison.Ordinal) && !name.EndsWith("--ol-s3", StringComparison.Ordinal)
        && !name.EndsWith(".mrap", StringComparison.Ordinal) && !name.EndsWith("--x-s3", StringComparison.Ordinal);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\z")]
    private static partial Regex AddressPattern();
}

/// <summary>The document, as one object for as long as it does not change.</summary>
sealed class BucketPolicy(string document) : IPolicyDocument
{
    public string Document => document;
}
