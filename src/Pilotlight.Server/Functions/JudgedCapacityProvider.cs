using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>Capacity providers as authorization sees them: tags, and no policies.</summary>
sealed class JudgedCapacityProvider(CapacityProviderCatalog catalog) : IJudgedResource
{
    public string Service => "lambda";

    public string Kind => "capacity-provider";

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn)
    {
        var parts = arn.Split(':');
        return parts.Length == 7 ? catalog.Find(parts[4], parts[3], arn)?.Tags : null;
    }
}
