using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>What AWS checks of a function's layers. Layer versions cannot be published here yet, so the last check always fails.</summary>
static class LayerRules
{
    const int MaxLayers = 5;

    public static void Check(IReadOnlyList<string> layers, string region)
    {
        if (layers.Count > MaxLayers)
            throw AwsError.InvalidParameter("Cannot reference more than 5 layers.").AsException();
        for (var first = 0; first < layers.Count; first++)
        {
            for (var second = first + 1; second < layers.Count; second++)
            {
                if (LayerOf(layers[first]) == LayerOf(layers[second]))
                    throw AwsError.InvalidParameter(
                        "Two different versions of the same layer are not allowed to be referenced in the same function. "
                        + $"{layers[first]} and {layers[second]} are versions of the same layer.").AsException();
            }
        }

        foreach (var layer in layers)
        {
            if (layer.Split(':')[3] is { Length: > 0 } other && other != region)
                throw AwsError.InvalidParameter(
                    $"Layers are not in the same region as the function. Layers are expected to be in region {region}.").AsException();
            throw AwsError.InvalidParameter($"Layer version {layer} does not exist.").AsException();
        }
    }

    static string LayerOf(string arn) => arn[..arn.LastIndexOf(':')];
}
