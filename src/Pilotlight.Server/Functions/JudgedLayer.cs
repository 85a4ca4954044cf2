using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>Layers as authorization sees them: a policy hangs on a version, and there are no tags.</summary>
sealed class JudgedLayer(LayerCatalog catalog) : IJudgedResource
{
    public string Service => "lambda";

    public string Kind => "layer";

    public IPolicyDocument? PolicyOf(string arn) =>
        LayerReference.TryParse(arn) is { Number: > 0 } version ? catalog.Find(version.Key, version.Number)?.Policy : null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => null;
}
