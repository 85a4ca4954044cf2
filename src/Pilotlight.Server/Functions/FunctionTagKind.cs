using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>The tags of functions. Versions and aliases have none of their own.</summary>
sealed class FunctionTagKind(FunctionCatalog catalog) : ITaggedKind
{
    public string Name => "function";

    public AwsError? Refuse(AwsRequest request, string arn) => FunctionName.Parse(arn).Qualifier is not null
        ? AwsError.InvalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.")
        : FunctionName.Resolve(request, arn, null, out _);

    public IReadOnlyDictionary<string, string> Read(AwsRequest request, string arn)
    {
        var reference = ReferenceOf(request, arn);
        return (catalog.Find(reference.Key) ?? throw reference.NotFoundUnqualified.AsException()).Tags;
    }

    public Task ChangeAsync(
        AwsRequest request, string arn, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var reference = ReferenceOf(request, arn);
        return catalog.ChangeAsync(reference.Key, current =>
        {
            if (current is null)
                throw reference.NotFoundUnqualified.AsException();
            var tags = change(current.Tags);
            // AWS refuses TagResource while the function changes, but not UntagResource.
            if (tags.Any(tag => current.Tags.GetValueOrDefault(tag.Key) != tag.Value) && FunctionStates.RefuseUnsettled(current) is { } unsettled)
                throw unsettled.AsException();
            // Tagging changes the function's revision.
            return current with { Tags = tags, Latest = current.Latest with { RevisionId = FunctionStates.NewRevision() } };
        });
    }

    static FunctionReference ReferenceOf(AwsRequest request, string arn) =>
        FunctionName.Resolve(request, arn, null, out var reference) is { } refused ? throw refused.AsException() : reference;
}
