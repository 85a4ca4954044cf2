using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>Changes of the policy of a layer version.</summary>
static class LayerPolicies
{
    /// <exception cref="AwsException">There is no such version, or <paramref name="change"/> refused.</exception>
    public static Task ChangeAsync(LayerReference reference, LayerServices services, Func<LayerVersion, ResourcePolicy?> change) =>
        services.Catalog.ChangeAsync(reference.Key, current =>
        {
            if (current?.Versions.GetValueOrDefault(reference.Number) is not { } version)
                throw reference.NotFound.AsException();
            return current with { Versions = current.Versions.SetItem(reference.Number, version with { Policy = change(version) }) };
        });

    /// <exception cref="AwsException">The caller knows another revision of the policy.</exception>
    public static void RequireRevision(AwsRequest request, LayerVersion version)
    {
        if (request.Query("RevisionId") is { Length: > 0 } revision && revision != version.Policy?.RevisionId)
            throw PolicyErrors.RevisionMismatch("GetLayerPolicy").AsException();
    }
}
