using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCapacityProvider.html</summary>
static class DeleteCapacityProvider
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, CapacityProviderCatalog providers, FunctionCatalog functions)
    {
        var known = NamedCapacityProvider.Require(request, providers);
        await providers.ChangeAsync(known.Key, current =>
        {
            if (current is null)
                throw CapacityProviderErrors.NotFound(known.Arn).AsException();
            var user = functions.List(known.AccountId, known.Region).Values.FirstOrDefault(function => function.All().Any(version => version.RunsOn(known.Arn)));
            return user is null ? null : throw CapacityProviderErrors.InUse(known.Arn, user.Latest.FunctionArn).AsException();
        });
        return CapacityProviderResponse.Answer(known, "Deleting", 202);
    }
}
