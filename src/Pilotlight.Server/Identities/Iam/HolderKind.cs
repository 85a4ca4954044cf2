using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>
/// One of the three kinds that policies are given to. IAM has the same operations for each (<c>PutRolePolicy</c>, <c>PutUserPolicy</c>,
/// <c>PutGroupPolicy</c>); what differs between them stands here.
/// </summary>
sealed class HolderKind(string word, StringShape nameShape, int inlineChars, Func<Account, string, PolicyHolder?> find)
{
    public const int MaxAttached = 10;

    public static HolderKind Role { get; } = new("Role", IamShapes.RoleName, 10_240, static (account, name) => account.Roles.Find(name));

    public static HolderKind User { get; } = new("User", IamShapes.ExistingUserName, 2_048, static (account, name) => account.Users.Find(name));

    public static HolderKind Group { get; } = new("Group", IamShapes.GroupName, 5_120, static (account, name) => account.Groups.Find(name));

    public static IReadOnlyList<HolderKind> All { get; } = [Role, User, Group];

    public string Word => word;

    /// <summary>In lower case, as errors have it.</summary>
    public string Noun { get; } = word.ToLowerInvariant();

    /// <summary><c>RoleName</c></summary>
    public string Parameter { get; } = word + "Name";

    /// <summary>How long all inline policies may be together, white space not counted.</summary>
    public int InlineChars => inlineChars;

    public ModelMember Name { get; } = ModelMember.RequiredBody(word + "Name", nameShape);

    public PolicyHolder? TryFind(Account account, string name) => find(account, name);

    /// <exception cref="AwsException">NoSuchEntity</exception>
    public PolicyHolder Find(Account account, IamRequest request) =>
        find(account, request[Parameter]) ?? throw IamErrors.NoName(Noun, request[Parameter]).AsException();

    /// <summary>The ARN that its operations are judged on; a name that is not taken stands at the root.</summary>
    public string ArnOf(IamRequest request) => request.Text(Parameter) is { } name
        ? find(request.Account, name)?.Arn ?? $"arn:aws:iam::{request.AccountId}:{Noun}/{name}"
        : $"arn:aws:iam::{request.AccountId}:{Noun}/";
}
