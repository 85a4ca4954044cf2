using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>
/// One kind of resource whose tags TagResource, UntagResource and ListTags reach, by the word that stands for it in ARNs. Each kind is
/// registered as a service of this type, by whoever keeps its resources.
/// </summary>
public interface ITaggedKind
{
    /// <summary><c>function</c>, <c>event-source-mapping</c>, <c>code-signing-config</c>, <c>capacity-provider</c>.</summary>
    string Name { get; }

    /// <summary>What is wrong with the ARN itself, before anything is looked up; null when nothing is.</summary>
    AwsError? Refuse(AwsRequest request, string arn);

    /// <summary>The tags of the resource, empty when it has none.</summary>
    /// <exception cref="AwsException">There is no such resource, in AWS's words for its kind.</exception>
    IReadOnlyDictionary<string, string> Read(AwsRequest request, string arn);

    /// <summary>Gives the resource other tags. When the task completes they are on disk.</summary>
    /// <exception cref="AwsException">There is no such resource, it cannot be changed now, or <paramref name="change"/> refused.</exception>
    Task ChangeAsync(
        AwsRequest request, string arn, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change);
}

/// <summary>Finds the kind of resource that an ARN names.</summary>
public sealed class TaggedKinds(IEnumerable<ITaggedKind> kinds)
{
    readonly Dictionary<string, ITaggedKind> _kinds = kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal);

    /// <summary>The kind of the ARN in the request's path, or AWS's refusal.</summary>
    public AwsError? Resolve(AwsRequest request, out string arn, out ITaggedKind kind)
    {
        arn = request.Path("Resource");
        var word = arn.Split(':')[5];
        if (!_kinds.TryGetValue(word, out kind!))
            return NotFound(word, arn);
        return kind.Refuse(request, arn);
    }

    /// <summary>Kinds of which there are none here.</summary>
    static AwsError NotFound(string kind, string arn) => AwsError.NotFound(kind switch
    {
        "event-source-mapping" => $"Event source mapping not found: {arn}",
        "capacity-provider" => $"Capacity provider not found: {arn}",
        // The pattern lets layers through; they have no tags.
        _ => $"Layer not found: {arn}",
    });
}
