using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>The tags of what IAM keeps. It stands here because identities know nothing of decisions; trust policies are judged by STS.</summary>
/// <param name="kind"><c>role</c>, <c>user</c>, ...</param>
sealed class JudgedIdentity(string kind, AccountCatalog accounts) : IJudgedResource
{
    public static IReadOnlyList<string> Kinds { get; } = ["role", "user", "policy", "instance-profile", "oidc-provider"];

    public string Service => "iam";

    public string Kind => kind;

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => accounts.FindEntity(arn)?.Tags.ToDictionary(tag => tag.Key, tag => tag.Value);
}
