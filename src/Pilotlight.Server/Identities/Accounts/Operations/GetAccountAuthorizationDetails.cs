using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html</summary>
static class GetAccountAuthorizationDetails
{
    public static QueryModel Model { get; } = new(
        Optional("Filter", new ListShape(EntityFilter)), Optional("MaxItems", MaxItems), Optional("Marker", Marker));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var filter = request.Texts("Filter");
        var uses = account.CountPolicyUses();
        // AWS shows of its own policies those that are attached.
        var everything = account.PolicyHolders.Cast<IdentityEntity>().Concat(account.Policies)
            .Concat(request.Services.AwsPolicies.All.Where(policy => uses.Attached.ContainsKey(policy.Arn) || uses.Bounding.ContainsKey(policy.Arn)))
            .Where(entity => filter.Count == 0 || filter.Contains(KindOf(entity)));
        var (page, next) = request.Page(everything, static entity => $"{KindOf(entity)}/{entity.Arn}");
        return request.Answer(xml =>
        {
            xml.List("UserDetailList", page.OfType<User>(), (xml, user) => User(xml, user, account));
            xml.List("GroupDetailList", page.OfType<Group>(), static (xml, group) =>
            {
                xml.Entity("Group", group);
                Policies(xml, "Group", group);
            });
            xml.List("RoleDetailList", page.OfType<Role>(), (xml, role) => Role(xml, role, account, request.Services.Uses.FindRole(role.Id)));
            xml.List("Policies", page.OfType<ManagedPolicy>(), (xml, policy) => Policy(xml, policy, uses));
            xml.Flag("IsTruncated", next is not null);
            xml.Text("Marker", next);
        });
    }

    static string KindOf(IdentityEntity entity) => entity switch
    {
        ManagedPolicy { AccountId: "aws" } => "AWSManagedPolicy",
        ManagedPolicy => "LocalManagedPolicy",
        _ => entity.GetType().Name,
    };

    static void User(QueryXml xml, User user, Account account)
    {
        xml.User(user);
        Policies(xml, "User", user);
        xml.Texts("GroupList", account.GroupsOf(user).Select(group => group.Name));
    }

    static void Role(QueryXml xml, Role role, Account account, AccessKeyUse? use)
    {
        xml.Entity("Role", role);
        xml.Document("AssumeRolePolicyDocument", role.TrustPolicy.Text);
        xml.List(
            "InstanceProfileList", account.InstanceProfiles.Where(profile => profile.RoleId == role.Id),
            (xml, profile) => xml.InstanceProfile(profile, account));
        Policies(xml, "Role", role);
        xml.PermissionsBoundary(role);
        xml.Tags(role.Tags);
        xml.RoleLastUsed(use);
    }

    static void Policies(QueryXml xml, string kind, PolicyHolder holder)
    {
        xml.List($"{kind}PolicyList", holder.InlinePolicies, static (xml, policy) =>
        {
            xml.Text("PolicyName", policy.Name);
            xml.Document("PolicyDocument", policy.Document.Text);
        });
        xml.List("AttachedManagedPolicies", holder.AttachedPolicies, static (xml, arn) => xml.AttachedPolicy(arn));
    }

    static void Policy(
        QueryXml xml, ManagedPolicy policy, (IReadOnlyDictionary<string, int> Attached, IReadOnlyDictionary<string, int> Bounding) uses)
    {
        xml.ListedPolicy(policy, uses.Attached.GetValueOrDefault(policy.Arn), uses.Bounding.GetValueOrDefault(policy.Arn));
        xml.List("PolicyVersionList", policy.Versions, (xml, version) =>
        {
            xml.Document("Document", version.Document.Text);
            xml.PolicyVersion(policy, version);
        });
    }
}
