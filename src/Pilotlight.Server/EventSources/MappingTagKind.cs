using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>The tags of event source mappings.</summary>
sealed class MappingTagKind(EventSourceMappingCatalog catalog) : ITaggedKind
{
    public string Name => "event-source-mapping";

    public AwsError? Refuse(AwsRequest request, string arn) => null;

    public IReadOnlyDictionary<string, string> Read(AwsRequest request, string arn)
    {
        var (scope, id) = Locate(request, arn);
        return (catalog.Find(scope, id) ?? throw NotFound(arn)).Tags;
    }

    public async Task ChangeAsync(
        AwsRequest request, string arn, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var (scope, id) = Locate(request, arn);
        await catalog.ChangeAsync(scope, id, mapping => mapping is null ? throw NotFound(arn) : mapping with { Tags = change(mapping.Tags) });
    }

    /// <summary>Mappings of other accounts and regions are none here.</summary>
    static (MappingScope Scope, string Id) Locate(AwsRequest request, string arn)
    {
        var parts = arn.Split(':');
        return parts[3] == request.Region && parts[4] == request.AccountId
            ? (new MappingScope(request.AccountId, request.Region), parts[6].ToLowerInvariant())
            : throw NotFound(arn);
    }

    static AwsException NotFound(string arn) => AwsError.NotFound($"Event source mapping not found: {arn}").AsException();
}
