using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>The routes that ask the evaluator what would be.</summary>
public static partial class IdentitiesModule
{
    extension(WebApplication app)
    {
        void MapSimulation()
        {
            var services = app.Services.GetRequiredService<IamServices>();
            var principals = app.Services.GetRequiredService<PrincipalCatalog>();
            Map("SimulateCustomPolicy", SimulateCustomPolicy.Model, request => SimulateCustomPolicy.Handle(request, principals), null);
            Map("SimulatePrincipalPolicy", SimulatePrincipalPolicy.Model, request => SimulatePrincipalPolicy.Handle(request, principals), SourceOf);
            Map("GetContextKeysForCustomPolicy", GetContextKeysForCustomPolicy.Model, GetContextKeysForCustomPolicy.Handle, null);
            Map("GetContextKeysForPrincipalPolicy", GetContextKeysForPrincipalPolicy.Model, request => GetContextKeysForPrincipalPolicy.Handle(request, principals), SourceOf);

            static string SourceOf(AwsRequest request) => request.Form.GetValueOrDefault("PolicySourceArn", "*");

            void Map(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle, Func<AwsRequest, string>? resource) =>
                app.MapRpc(AwsService.Iam, name, request => handle(new IamRequest(request, services))).Requires($"iam:{name}", resource).Validates(model.Validate);
        }
    }
}
