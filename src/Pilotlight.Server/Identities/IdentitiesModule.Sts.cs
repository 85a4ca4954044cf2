using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>The routes of STS.</summary>
public static partial class IdentitiesModule
{
    extension(WebApplication app)
    {
        void MapSts()
        {
            var services = app.Services.GetRequiredService<StsServices>();
            Map("GetCallerIdentity", GetCallerIdentity.Handle).RequiresNoPermission();
            Map("GetAccessKeyInfo", new GetAccessKeyInfo(app.Services.GetRequiredService<AccessKeyCatalog>()).Handle).Requires("sts:GetAccessKeyInfo");
            // The trust policy of the role and the caller's own policies decide together: the operation asks both.
            Map("AssumeRole", request => AssumeRole.Handle(new StsRequest(request, services))).RequiresNoPermission().Validates(AssumeRole.Model.Validate);
            Map("AssumeRoleWithWebIdentity", request => AssumeRoleWithWebIdentity.Handle(new StsRequest(request, services)))
                .AcceptsUnsigned().RequiresNoPermission().Validates(AssumeRoleWithWebIdentity.Model.Validate);
            Map("GetSessionToken", request => GetSessionToken.Handle(new StsRequest(request, services)))
                .RequiresNoPermission().Validates(GetSessionToken.Model.Validate);
            Map("GetFederationToken", request => GetFederationToken.Handle(new StsRequest(request, services)))
                .Requires("sts:GetFederationToken", GetFederationToken.ResourceOf).Validates(GetFederationToken.Model.Validate);
            Map("DecodeAuthorizationMessage", DecodeAuthorizationMessage.Handle)
                .Requires("sts:DecodeAuthorizationMessage").Validates(DecodeAuthorizationMessage.Model.Validate);

            AwsOperation Map(string name, Func<AwsRequest, ValueTask<AwsResult>> handle) => app.MapRpc(AwsService.Sts, name, handle);
        }
    }
}
