using System.Runtime.CompilerServices;
using Pilotlight.Iam;

namespace Pilotlight.Authorization;

/// <summary>A resource's policy as its slice keeps it: immutable, so that what is compiled from it is compiled once.</summary>
public interface IPolicyDocument
{
    string Document { get; }
}

/// <summary>What a decision needs to know of one kind of resource. Registered as a service of this type by the slice that keeps the resources.</summary>
public interface IJudgedResource
{
    /// <summary>As ARNs name it: <c>lambda</c>.</summary>
    string Service { get; }

    /// <summary>The word that begins the last part of the ARN: <c>function</c>, <c>layer</c>. Empty for the service's bare names (queues, topics).</summary>
    string Kind { get; }

    /// <summary>The policy of exactly what the ARN names, or null.</summary>
    IPolicyDocument? PolicyOf(string arn);

    /// <summary>For <c>aws:ResourceTag/…</c>; null when there is no such resource or it has none.</summary>
    IReadOnlyDictionary<string, string>? TagsOf(string arn);

    /// <summary>The account that owns what the ARN names, where the ARN does not say (buckets); null when it does, or nobody does.</summary>
    string? OwnerOf(string arn) => null;
}

/// <summary>Finds what a resource has to say in a decision about it.</summary>
public sealed class JudgedResources
{
    /// <summary>Stands in for a policy that cannot be read: fails closed.</summary>
    internal const string DenyAll = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}""";

    static readonly ConditionalWeakTable<IPolicyDocument, ResourcePolicies> s_compiled = [];

    readonly Dictionary<(string Service, string Kind), IJudgedResource> _kinds;

    public JudgedResources(IEnumerable<IJudgedResource> kinds) => _kinds = kinds.ToDictionary(kind => (kind.Service, kind.Kind));

    internal ResourcePolicies PolicyOf(string arn) => KindOf(arn)?.PolicyOf(arn) is { } document
        ? s_compiled.GetValue(document, static document => Compile(document))
        : ResourcePolicies.None;

    internal IReadOnlyDictionary<string, string>? TagsOf(string arn) => KindOf(arn)?.TagsOf(arn);

    internal string? OwnerOf(string arn) => ArnText.AccountOf(arn) ?? KindOf(arn)?.OwnerOf(arn);

    IJudgedResource? KindOf(ReadOnlySpan<char> arn)
    {
        Span<Range> parts = stackalloc Range[6];
        if (arn.Split(parts, ':') != 6 || arn[parts[0]] is not "arn")
            return null;
        var rest = arn[parts[5]];
        var end = rest.IndexOfAny(':', '/');
        var service = arn[parts[2]];
        var kind = end < 0 ? rest : rest[..end];
        // A handful of kinds: cheaper to look at each than to make two strings.
        IJudgedResource? bare = null;
        foreach (var (key, known) in _kinds)
        {
            if (!service.SequenceEqual(key.Service))
                continue;
            if (kind.SequenceEqual(key.Kind))
                return known;
            if (key.Kind.Length == 0)
                bare = known;
        }

        return bare;
    }

    static ResourcePolicies Compile(IPolicyDocument document) => ResourcePolicies.Of(
        Policy.TryParse(document.Document, PolicyKind.Resource, "resource policy", out _) ?? Policy.Parse(DenyAll, PolicyKind.Resource, "unreadable"));
}
