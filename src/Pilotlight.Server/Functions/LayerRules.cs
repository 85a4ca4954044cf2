using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>What AWS checks of the layers that a function is given.</summary>
static class LayerRules
{
    const int MaxLayers = 5;

    /// <summary>The layers that the ARNs mean; null when none are asked for, so that a function keeps its own.</summary>
    /// <exception cref="AwsException">AWS would not take them.</exception>
    public static IReadOnlyList<FunctionLayer>? Resolve(AwsRequest request, IReadOnlyList<string>? arns, FunctionServices services)
    {
        if (arns is null)
            return null;
        if (arns.Count > MaxLayers)
            throw LayerErrors.TooMany.AsException();
        RefuseTwoOfOne(arns);
        return [.. arns.Select(arn => Resolve(request, arn, services))];
    }

    /// <exception cref="AwsException">Code and layers together are larger than a function may be.</exception>
    public static void RequireRoom(FunctionVersion version, PackageStore packages, PackageLimits limits)
    {
        if (version.Layers is not { Count: > 0 } layers)
            return;
        if (packages.UnzippedBytesOf(version.CodeHash) + layers.Sum(layer => layer.UnzippedBytes) > limits.MaxUnzippedBytes)
            throw PackageErrors.UnzippedTooLarge(limits.MaxUnzippedBytes).AsException();
    }

    static void RefuseTwoOfOne(IReadOnlyList<string> arns)
    {
        for (var first = 0; first < arns.Count; first++)
        {
            for (var second = first + 1; second < arns.Count; second++)
            {
                if (LayerOf(arns[first]) == LayerOf(arns[second]))
                    throw LayerErrors.SameLayer(arns[first], arns[second]).AsException();
            }
        }
    }

    static FunctionLayer Resolve(AwsRequest request, string arn, FunctionServices services)
    {
        // AWS's own layers (arn:aws:lambda:::awslayer:NAME) have neither region nor account, and there are none here.
        if (LayerReference.TryParse(arn) is not { Number: > 0 } reference)
            throw LayerErrors.Unknown(arn).AsException();
        if (reference.Key.Region != request.Region)
            throw LayerErrors.OtherRegion(request.Region).AsException();
        // Before it is looked up: whether another account has such a layer is told to nobody whom its policy does not let in.
        if (services.Authorizer.Check(request, "lambda:GetLayerVersion", arn) is { } refused)
            throw refused.AsException();
        return services.Layers.Find(reference.Key, reference.Number) is { } version
            ? new FunctionLayer(version.Arn, version.CodeHash, version.CodeSizeBytes, version.UnzippedBytes) { Signature = version.Signature }
            : throw LayerErrors.Unknown(arn).AsException();
    }

    static string LayerOf(string arn) => arn[..arn.LastIndexOf(':')];
}
