using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>The tags of capacity providers.</summary>
sealed class CapacityProviderTagKind(CapacityProviderCatalog providers) : ITaggedKind
{
    public string Name => "capacity-provider";

    public AwsError? Refuse(AwsRequest request, string arn) => null;

    public IReadOnlyDictionary<string, string> Read(AwsRequest request, string arn) => Require(request, arn).Tags;

    public Task ChangeAsync(
        AwsRequest request, string arn, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change) =>
        providers.ChangeAsync(Require(request, arn).Key, current => current is null
            ? throw CapacityProviderErrors.NotFound(arn).AsException()
            : current with { Tags = change(current.Tags) });

    CapacityProvider Require(AwsRequest request, string arn) =>
        providers.Find(request.AccountId, request.Region, arn) ?? throw CapacityProviderErrors.NotFound(arn).AsException();
}
