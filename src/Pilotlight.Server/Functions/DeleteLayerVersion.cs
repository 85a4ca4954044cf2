using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html</summary>
static class DeleteLayerVersion
{
    /// <summary>What is not there is deleted already. Functions keep what they use.</summary>
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LayerServices services)
    {
        var reference = LayerReference.Of(request);
        if (reference.Number < 1)
            return LayerErrors.NumberTooSmall;
        await services.Catalog.ChangeAsync(
            reference.Key,
            current => current?.Versions.ContainsKey(reference.Number) == true
                ? current with { Versions = current.Versions.Remove(reference.Number) }
                : current);
        return AwsResult.Empty(204);
    }
}
