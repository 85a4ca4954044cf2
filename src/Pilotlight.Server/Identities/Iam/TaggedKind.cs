using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>One of the kinds that carry tags: <c>TagRole</c>, <c>UntagRole</c> and <c>ListRoleTags</c> are the same for each.</summary>
sealed class TaggedKind(string word, ModelMember name, Func<Account, IamRequest, IdentityEntity> find, Func<IamRequest, string> arnOf)
{
    public static IReadOnlyList<TaggedKind> All { get; } =
    [
        new("Role", RoleOperation.RoleName, static (account, request) => account.FindRole(request), HolderKind.Role.ArnOf),
        new("User", HolderKind.User.Name, HolderKind.User.Find, HolderKind.User.ArnOf),
        new("Policy", PolicyOperation.PolicyArn, static (account, request) => request.FindOwnPolicy(account), PolicyOperation.ResourceOf),
        new("InstanceProfile", InstanceProfileOperation.ProfileName, static (account, request) => account.FindInstanceProfile(request), InstanceProfileOperation.ResourceOf),
        new("OpenIDConnectProvider", OidcProviderOperation.ProviderArn, static (account, request) => account.FindProvider(request), OidcProviderOperation.ResourceOf),
    ];

    public string Word => word;

    public ModelMember Name => name;

    public Func<IamRequest, string> ArnOf => arnOf;

    public IdentityEntity Find(Account account, IamRequest request) => find(account, request);
}

/// <summary><c>TagRole</c>, <c>TagUser</c>, <c>TagPolicy</c>, ...</summary>
static class TagEntity
{
    public static QueryModel Model(TaggedKind kind) => new(kind.Name, Required("Tags", IamShapes.Tags));

    public static ValueTask<AwsResult> Handle(IamRequest request, TaggedKind kind)
    {
        var tags = request.Tags();
        return request.ChangeAsync(change =>
        {
            var entity = kind.Find(change.Account, request);
            change.Put(entity with { Tags = TagRules.Add(entity.Tags, tags) });
        });
    }
}

/// <summary><c>UntagRole</c>, <c>UntagUser</c>, <c>UntagPolicy</c>, ...</summary>
static class UntagEntity
{
    public static QueryModel Model(TaggedKind kind) => new(kind.Name, Required("TagKeys", TagKeys));

    public static ValueTask<AwsResult> Handle(IamRequest request, TaggedKind kind) => request.ChangeAsync(change =>
    {
        var entity = kind.Find(change.Account, request);
        change.Put(entity with { Tags = TagRules.Remove(entity.Tags, request.Texts("TagKeys")) });
    });
}

/// <summary><c>ListRoleTags</c>, <c>ListUserTags</c>, <c>ListPolicyTags</c>, ...</summary>
static class ListEntityTags
{
    public static QueryModel Model(TaggedKind kind) => Listing(kind.Name);

    public static ValueTask<AwsResult> Handle(IamRequest request, TaggedKind kind) => request.Page(
        "Tags", kind.Find(request.Account, request).Tags, static tag => tag.Key, static (xml, tag) => xml.Tag(tag));
}
