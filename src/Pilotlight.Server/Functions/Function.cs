using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Pilotlight.Functions;

/// <summary>What makes a function unique: the same name in two regions is two functions.</summary>
public readonly record struct FunctionKey(string AccountId, string Region, string Name);

/// <summary>A function with all its versions: immutable, replaced as a whole by every change.</summary>
public sealed record Function
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }

    /// <summary><c>$LATEST</c> as the API shows it.</summary>
    public required FunctionVersion Latest { get; init; }

    /// <summary>
    /// What invocations of <c>$LATEST</c> still run while an update is in progress, or after it failed; null when that is
    /// <see cref="Latest"/> itself.
    /// </summary>
    public FunctionVersion? Serving { get; init; }

    /// <summary>Published versions by number, ascending. They have rows of their own in the database.</summary>
    [JsonIgnore]
    public ImmutableSortedDictionary<int, FunctionVersion> Published { get; init; } = ImmutableSortedDictionary<int, FunctionVersion>.Empty;

    /// <summary>Numbers are never reused, not even after a version was deleted.</summary>
    public int LastVersionNumber { get; init; }

    /// <summary>What <c>$LATEST</c> was when it was last published: publishing it unchanged gives that version again.</summary>
    public string? LastPublishedContent { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What new code and layers of this function must satisfy; null for nothing.</summary>
    public string? CodeSigningConfigArn { get; init; }

    /// <summary>By name.</summary>
    public ImmutableSortedDictionary<string, Alias> Aliases { get; init => field = value?.WithComparers(StringComparer.Ordinal) ?? field; } =
        ImmutableSortedDictionary.Create<string, Alias>(StringComparer.Ordinal);

    /// <summary>Reserved concurrency: guaranteed to this function, and all that it gets. Null for a share of what nobody reserved.</summary>
    public int? ReservedConcurrency { get; init; }

    /// <summary>Provisioned concurrency by the qualifier it was put on: a version's number or an alias.</summary>
    public ImmutableDictionary<string, ProvisionedConcurrency> Provisioned { get; init => field = value ?? field; } =
        ImmutableDictionary<string, ProvisionedConcurrency>.Empty;

    [JsonIgnore]
    public int TotalProvisioned => Provisioned.IsEmpty ? 0 : Provisioned.Values.Sum(provisioned => provisioned.Requested);

    /// <summary>What this function takes out of the account's unreserved concurrency.</summary>
    [JsonIgnore]
    public int ClaimedConcurrency => ReservedConcurrency ?? TotalProvisioned;

    /// <summary><c>$LATEST.PUBLISHED</c> of a function on a capacity provider; null before it was published there.</summary>
    public FunctionVersion? LatestPublished { get; init; }

    /// <summary>How many environments versions on capacity providers would have, by qualifier.</summary>
    public ImmutableDictionary<string, FunctionScalingConfig> ScalingConfigs { get; init => field = value ?? field; } =
        ImmutableDictionary<string, FunctionScalingConfig>.Empty;

    [JsonIgnore]
    public FunctionKey Key => new(AccountId, Region, Name);

    [JsonIgnore]
    public FunctionVersion Served => Serving ?? Latest;

    [JsonIgnore]
    public bool IsSettled => Latest.IsSettled && LatestPublished is null or { IsSettled: true } && Published.Values.All(version => version.IsSettled);

    /// <summary>
    /// The version that an invocation with this qualifier runs. An alias with two versions draws one of them, so ask once an invocation.
    /// </summary>
    public FunctionVersion? Find(string? qualifier) => Find(qualifier, Random.Shared);

    public FunctionVersion? Find(string? qualifier, Random random) => qualifier is null or FunctionVersion.Latest
        ? Served
        : FindPublished(qualifier) ?? (Aliases.TryGetValue(qualifier, out var alias) ? FindTarget(alias.Draw(random)) : null);

    /// <summary>The version that the API shows for this qualifier; for an alias the one it points to.</summary>
    public FunctionVersion? Show(string? qualifier) =>
        ShowVersion(qualifier) ?? (Aliases.TryGetValue(qualifier!, out var alias) ? ShowVersion(alias.FunctionVersion) : null);

    /// <summary>As <see cref="Show"/>, but an alias is nothing.</summary>
    public FunctionVersion? ShowVersion(string? qualifier) =>
        qualifier is null or FunctionVersion.Latest ? Latest : FindPublished(qualifier);

    /// <summary>Whether something hangs on this qualifier: a version, an alias, or (null, <c>$LATEST</c>) the function itself.</summary>
    public bool Has(string? qualifier) => ShowVersion(qualifier) is not null || Aliases.ContainsKey(qualifier!);

    /// <summary>Without this published version or alias, and without everything that hangs on it.</summary>
    public Function Without(string qualifier) => this with
    {
        Published = int.TryParse(qualifier, out var number) && FindPublished(qualifier) is not null ? Published.Remove(number) : Published,
        LatestPublished = qualifier == FunctionVersion.LatestPublished ? null : LatestPublished,
        Aliases = Aliases.Remove(qualifier),
    };

    /// <summary>Every version whose code may run now.</summary>
    public IEnumerable<FunctionVersion> Runnable()
    {
        var runnable = Published.Values.Prepend(Served);
        return LatestPublished is null ? runnable : runnable.Append(LatestPublished);
    }

    /// <summary>Every version there is: those that run, and the one that is about to.</summary>
    public IEnumerable<FunctionVersion> All() => Serving is null ? Runnable() : Runnable().Append(Latest);

    FunctionVersion? FindTarget(string version) => version == FunctionVersion.Latest ? Served : FindPublished(version);

    FunctionVersion? FindPublished(string qualifier)
    {
        if (qualifier == FunctionVersion.LatestPublished)
            return LatestPublished;
        return int.TryParse(qualifier, out var number) && Published.TryGetValue(number, out var version) && version.Version == qualifier ? version : null;
    }

    /// <summary>Resource policies by the qualifier that they hang on; that of the function itself under the empty text.</summary>
    public ImmutableDictionary<string, ResourcePolicy> Policies { get; init => field = value ?? field; } =
        ImmutableDictionary<string, ResourcePolicy>.Empty;

    /// <summary>The policy of the function (null), a version or an alias; each has its own.</summary>
    public ResourcePolicy? PolicyOf(string? qualifier) => Policies.GetValueOrDefault(qualifier ?? "");

    public Function WithPolicy(string? qualifier, ResourcePolicy? policy) => this with
    {
        Policies = policy is null ? Policies.Remove(qualifier ?? "") : Policies.SetItem(qualifier ?? "", policy),
    };

    /// <summary>By qualifier; that of the function itself is that of <c>$LATEST</c>.</summary>
    public ImmutableDictionary<string, EventInvokeConfig> EventInvokeConfigs { get; init => field = value ?? field; } =
        ImmutableDictionary<string, EventInvokeConfig>.Empty;

    /// <summary><c>Terminate</c> or <c>Allow</c>.</summary>
    public string RecursiveLoop { get; init => field = value ?? field; } = "Terminate";

    /// <summary>URLs by the alias that they hang on; that of the function itself under the empty text.</summary>
    public ImmutableDictionary<string, FunctionUrl> Urls { get; init => field = value ?? field; } = ImmutableDictionary<string, FunctionUrl>.Empty;

    public FunctionUrl? UrlOf(string? alias) => Urls.GetValueOrDefault(alias ?? "");

    public Function WithUrl(string? alias, FunctionUrl? url) => this with
    {
        Urls = url is null ? Urls.Remove(alias ?? "") : Urls.SetItem(alias ?? "", url),
    };

    /// <summary>What hangs on a version or an alias dies with it.</summary>
    public Function WithoutOrphans() => this with
    {
        Policies = Living(Policies),
        Provisioned = Living(Provisioned),
        Urls = Living(Urls),
        EventInvokeConfigs = Living(EventInvokeConfigs),
        ScalingConfigs = Living(ScalingConfigs),
    };

    ImmutableDictionary<string, T> Living<T>(ImmutableDictionary<string, T> settings)
    {
        foreach (var qualifier in settings.Keys)
        {
            if (qualifier.Length > 0 && !Has(qualifier))
                settings = settings.Remove(qualifier);
        }

        return settings;
    }
}
