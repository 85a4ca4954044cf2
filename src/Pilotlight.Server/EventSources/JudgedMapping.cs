using Pilotlight.Authorization;

namespace Pilotlight.EventSources;

/// <summary>Event source mappings as authorization sees them: tags, and no policies.</summary>
sealed class JudgedMapping(EventSourceMappingCatalog catalog) : IJudgedResource
{
    public string Service => "lambda";

    public string Kind => "event-source-mapping";

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn)
    {
        var parts = arn.Split(':');
        return parts.Length == 7 ? catalog.Find(new MappingScope(parts[4], parts[3]), parts[6].ToLowerInvariant())?.Tags : null;
    }
}
