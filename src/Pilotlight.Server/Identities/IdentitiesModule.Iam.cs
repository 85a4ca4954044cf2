using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>The routes of IAM: each operation with its model, its action and the ARN that it is judged on.</summary>
public static partial class IdentitiesModule
{
    extension(WebApplication app)
    {
        void MapIam()
        {
            var services = app.Services.GetRequiredService<IamServices>();
            MapRoles();
            MapPolicies();
            MapUsers();
            MapGroups();
            MapInstanceProfiles();
            MapOidcProviders();
            MapAccount();
            foreach (var kind in HolderKind.All)
                MapHolder(kind);
            foreach (var kind in TaggedKind.All)
                MapTags(kind);

            void MapRoles()
            {
                MapTagged("CreateRole", CreateRole.Model, CreateRole.Handle, CreateRole.ResourceOf, "iam:TagRole");
                OnRole("GetRole", GetRole.Model, GetRole.Handle);
                OnRole("UpdateRole", UpdateRole.Model, UpdateRole.Handle);
                OnRole("UpdateRoleDescription", UpdateRoleDescription.Model, UpdateRoleDescription.Handle);
                OnRole("UpdateAssumeRolePolicy", UpdateAssumeRolePolicy.Model, UpdateAssumeRolePolicy.Handle);
                OnRole("DeleteRole", DeleteRole.Model, DeleteRole.Handle);
                OnList("ListRoles", ListRoles.Model, ListRoles.Handle, "role");
                Map("CreateServiceLinkedRole", CreateServiceLinkedRole.Model, CreateServiceLinkedRole.Handle, CreateServiceLinkedRole.ResourceOf);
                OnRole("DeleteServiceLinkedRole", DeleteServiceLinkedRole.Model, DeleteServiceLinkedRole.Handle);
                Map("GetServiceLinkedRoleDeletionStatus", GetServiceLinkedRoleDeletionStatus.Model, GetServiceLinkedRoleDeletionStatus.Handle,
                    GetServiceLinkedRoleDeletionStatus.ResourceOf);
            }

            void MapPolicies()
            {
                MapTagged("CreatePolicy", CreatePolicy.Model, CreatePolicy.Handle, CreatePolicy.ResourceOf, "iam:TagPolicy");
                OnPolicy("GetPolicy", GetPolicy.Model, GetPolicy.Handle);
                OnPolicy("DeletePolicy", GetPolicy.Model, DeletePolicy.Handle);
                OnPolicy("CreatePolicyVersion", CreatePolicyVersion.Model, CreatePolicyVersion.Handle);
                OnPolicy("GetPolicyVersion", GetPolicyVersion.Model, GetPolicyVersion.Handle);
                OnPolicy("ListPolicyVersions", ListPolicyVersions.Model, ListPolicyVersions.Handle);
                OnPolicy("DeletePolicyVersion", GetPolicyVersion.Model, DeletePolicyVersion.Handle);
                OnPolicy("SetDefaultPolicyVersion", GetPolicyVersion.Model, SetDefaultPolicyVersion.Handle);
                OnPolicy("ListEntitiesForPolicy", ListEntitiesForPolicy.Model, ListEntitiesForPolicy.Handle);
                OnList("ListPolicies", ListPolicies.Model, ListPolicies.Handle, "policy");
            }

            void MapUsers()
            {
                MapTagged("CreateUser", CreateUser.Model, CreateUser.Handle, CreateUser.ResourceOf, "iam:TagUser");
                OnUser("GetUser", GetUser.Model, GetUser.Handle);
                OnUser("UpdateUser", UpdateUser.Model, UpdateUser.Handle);
                OnUser("DeleteUser", DeleteUser.Model, DeleteUser.Handle);
                OnList("ListUsers", ListUsers.Model, ListUsers.Handle, "user");
                OnUser("CreateAccessKey", CreateAccessKey.Model, CreateAccessKey.Handle);
                OnUser("ListAccessKeys", ListAccessKeys.Model, ListAccessKeys.Handle);
                OnUser("UpdateAccessKey", UpdateAccessKey.Model, UpdateAccessKey.Handle);
                OnUser("DeleteAccessKey", DeleteAccessKey.Model, DeleteAccessKey.Handle);
                Map("GetAccessKeyLastUsed", GetAccessKeyLastUsed.Model, GetAccessKeyLastUsed.Handle, GetAccessKeyLastUsed.ResourceOf);
                OnUser("ListMFADevices", NoCredentials.ListModel, request => NoCredentials.List(request, "MFADevices"));
                OnUser("ListSSHPublicKeys", NoCredentials.ListModel, request => NoCredentials.List(request, "SSHPublicKeys"));
                OnUser("ListSigningCertificates", NoCredentials.ListModel, request => NoCredentials.List(request, "Certificates"));
                OnUser("ListServiceSpecificCredentials", NoCredentials.ListModel, request => NoCredentials.List(request, "ServiceSpecificCredentials"));
                Map("ListVirtualMFADevices", NoCredentials.ListAllModel, request => NoCredentials.ListAll(request, "VirtualMFADevices"));
                OnUser("GetLoginProfile", NoCredentials.Model, NoCredentials.LoginProfile);
                OnUser("DeleteLoginProfile", NoCredentials.Model, NoCredentials.LoginProfile);
            }

            void MapGroups()
            {
                Map("CreateGroup", CreateGroup.Model, CreateGroup.Handle, CreateGroup.ResourceOf);
                OnGroup("GetGroup", GetGroup.Model, GetGroup.Handle);
                OnGroup("UpdateGroup", UpdateGroup.Model, UpdateGroup.Handle);
                OnGroup("DeleteGroup", DeleteGroup.Model, DeleteGroup.Handle);
                OnList("ListGroups", ListGroups.Model, ListGroups.Handle, "group");
                OnUser("ListGroupsForUser", ListGroupsForUser.Model, ListGroupsForUser.Handle);
                OnGroup("AddUserToGroup", AddUserToGroup.Model, AddUserToGroup.Handle);
                OnGroup("RemoveUserFromGroup", AddUserToGroup.Model, RemoveUserFromGroup.Handle);
            }

            void MapInstanceProfiles()
            {
                MapTagged("CreateInstanceProfile", CreateInstanceProfile.Model, CreateInstanceProfile.Handle, CreateInstanceProfile.ResourceOf, "iam:TagInstanceProfile");
                OnProfile("GetInstanceProfile", GetInstanceProfile.Model, GetInstanceProfile.Handle);
                OnProfile("DeleteInstanceProfile", GetInstanceProfile.Model, DeleteInstanceProfile.Handle);
                Map("AddRoleToInstanceProfile", AddRoleToInstanceProfile.Model, AddRoleToInstanceProfile.Handle, InstanceProfileOperation.ResourceOf)
                    .AlsoRequires("iam:PassRole", request => HolderKind.Role.ArnOf(new IamRequest(request, services)));
                OnProfile("RemoveRoleFromInstanceProfile", AddRoleToInstanceProfile.Model, RemoveRoleFromInstanceProfile.Handle);
                OnList("ListInstanceProfiles", ListInstanceProfiles.Model, ListInstanceProfiles.Handle, "instance-profile");
                OnRole("ListInstanceProfilesForRole", ListInstanceProfilesForRole.Model, ListInstanceProfilesForRole.Handle);
            }

            void MapOidcProviders()
            {
                MapTagged("CreateOpenIDConnectProvider", CreateOpenIDConnectProvider.Model, CreateOpenIDConnectProvider.Handle, CreateOpenIDConnectProvider.ResourceOf, "iam:TagOpenIDConnectProvider");
                OnProvider("GetOpenIDConnectProvider", GetOpenIDConnectProvider.Model, GetOpenIDConnectProvider.Handle);
                OnProvider("DeleteOpenIDConnectProvider", GetOpenIDConnectProvider.Model, DeleteOpenIDConnectProvider.Handle);
                OnProvider("AddClientIDToOpenIDConnectProvider", AddClientIDToOpenIDConnectProvider.Model, AddClientIDToOpenIDConnectProvider.Handle);
                OnProvider("RemoveClientIDFromOpenIDConnectProvider", AddClientIDToOpenIDConnectProvider.Model, RemoveClientIDFromOpenIDConnectProvider.Handle);
                OnProvider("UpdateOpenIDConnectProviderThumbprint", UpdateOpenIDConnectProviderThumbprint.Model, UpdateOpenIDConnectProviderThumbprint.Handle);
                Map("ListOpenIDConnectProviders", QueryModel.Empty, ListOpenIDConnectProviders.Handle);
            }

            void MapAccount()
            {
                Map("CreateAccountAlias", CreateAccountAlias.Model, CreateAccountAlias.Handle);
                Map("DeleteAccountAlias", CreateAccountAlias.Model, DeleteAccountAlias.Handle);
                Map("ListAccountAliases", ListAccountAliases.Model, ListAccountAliases.Handle);
                Map("UpdateAccountPasswordPolicy", UpdateAccountPasswordPolicy.Model, UpdateAccountPasswordPolicy.Handle);
                Map("GetAccountPasswordPolicy", QueryModel.Empty, GetAccountPasswordPolicy.Handle);
                Map("DeleteAccountPasswordPolicy", QueryModel.Empty, DeleteAccountPasswordPolicy.Handle);
                Map("GetAccountSummary", QueryModel.Empty, GetAccountSummary.Handle);
                Map("GetAccountAuthorizationDetails", GetAccountAuthorizationDetails.Model, GetAccountAuthorizationDetails.Handle);
            }

            void MapHolder(HolderKind kind)
            {
                var word = kind.Word;
                On($"Put{word}Policy", PutInlinePolicy.Model(kind), PutInlinePolicy.Handle);
                On($"Get{word}Policy", GetInlinePolicy.Model(kind), GetInlinePolicy.Handle);
                On($"Delete{word}Policy", GetInlinePolicy.Model(kind), DeleteInlinePolicy.Handle);
                On($"List{word}Policies", ListInlinePolicies.Model(kind), ListInlinePolicies.Handle);
                On($"Attach{word}Policy", AttachPolicy.Model(kind), AttachPolicy.Handle);
                On($"Detach{word}Policy", AttachPolicy.Model(kind), DetachPolicy.Handle);
                On($"ListAttached{word}Policies", ListAttachedPolicies.Model(kind), ListAttachedPolicies.Handle);
                if (kind == HolderKind.Group)
                    return;
                On($"Put{word}PermissionsBoundary", PermissionsBoundary.PutModel(kind), PermissionsBoundary.Put);
                On($"Delete{word}PermissionsBoundary", PermissionsBoundary.DeleteModel(kind), PermissionsBoundary.Delete);

                void On(string name, QueryModel model, Func<IamRequest, HolderKind, ValueTask<AwsResult>> handle) =>
                    Map(name, model, request => handle(request, kind), kind.ArnOf);
            }

            void MapTags(TaggedKind kind)
            {
                Map($"Tag{kind.Word}", TagEntity.Model(kind), request => TagEntity.Handle(request, kind), kind.ArnOf);
                Map($"Untag{kind.Word}", UntagEntity.Model(kind), request => UntagEntity.Handle(request, kind), kind.ArnOf);
                Map($"List{kind.Word}Tags", ListEntityTags.Model(kind), request => ListEntityTags.Handle(request, kind), kind.ArnOf);
            }

            AwsOperation Map(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle, Func<IamRequest, string>? resource = null)
            {
                string ResourceOf(AwsRequest request) => resource?.Invoke(new IamRequest(request, services)) ?? "*";
                return app.MapRpc(AwsService.Iam, name, request => IsSessionOfUser(request.Caller) ? NoSessions : handle(new IamRequest(request, services)))
                    .Requires($"iam:{name}", ResourceOf, (request, key) => IamConditions.Find(request, key, ResourceOf(request), services.Accounts))
                    .Validates(model.Validate);
            }

            // Tags given at the making need the permission to tag too.
            void MapTagged(
                string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle, Func<IamRequest, string> resource, string tagAction) =>
                Map(name, model, handle, resource).AlsoRequires(
                    tagAction, request => request.Form.ContainsKey("Tags.member.1.Key") ? resource(new IamRequest(request, services)) : null);

            void OnRole(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle) => Map(name, model, handle, HolderKind.Role.ArnOf);

            void OnUser(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle) => Map(name, model, handle, UserOperation.ResourceOf);

            void OnGroup(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle) => Map(name, model, handle, HolderKind.Group.ArnOf);

            void OnPolicy(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle) => Map(name, model, handle, PolicyOperation.ResourceOf);

            void OnProfile(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle) =>
                Map(name, model, handle, InstanceProfileOperation.ResourceOf);

            void OnProvider(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle) =>
                Map(name, model, handle, OidcProviderOperation.ResourceOf);

            void OnList(string name, QueryModel model, Func<IamRequest, ValueTask<AwsResult>> handle, string kind) =>
                Map(name, model, handle, request => $"arn:aws:iam::{request.AccountId}:{kind}{request.Text("PathPrefix") ?? "/"}");
        }
    }

    /// <summary>What GetSessionToken and GetFederationToken give may not call IAM without a second factor (spec/iam.md 2).</summary>
    static bool IsSessionOfUser(Caller caller) => caller.IssuedAt is not null && caller.Kind != CallerKind.AssumedRole && caller.MfaAt is null;

    static AwsResult NoSessions { get; } = new AwsError(403, "InvalidClientTokenId", "The security token included in the request is invalid");
}
