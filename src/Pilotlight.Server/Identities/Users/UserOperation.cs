using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>What the operations on users share.</summary>
static class UserOperation
{
    public static ModelMember UserName { get; } = IamShapes.Required("UserName", IamShapes.ExistingUserName);

    /// <summary>Where it is left out, the caller is meant.</summary>
    public static ModelMember CallerOrUserName { get; } = IamShapes.Optional("UserName", IamShapes.ExistingUserName);

    public static User FindUser(this Account account, IamRequest request) => account.FindUser(request["UserName"]);

    public static User FindUser(this Account account, string name) =>
        account.Users.Find(name) ?? throw IamErrors.NoName("user", name).AsException();

    /// <summary>The user that is named, else the caller.</summary>
    /// <exception cref="AwsException">The caller is no user, so a name must be given.</exception>
    public static User FindUserOrCaller(this Account account, IamRequest request)
    {
        if (request.Text("UserName") is { } name)
            return account.FindUser(name);
        if (request.Caller.Kind != CallerKind.User)
            throw IamErrors.Validation("Must specify userName when calling with non-User credentials").AsException();
        return account.Users.FindById(request.Caller.PrincipalId) ?? throw IamErrors.NoName("user", request.Caller.UserName ?? "").AsException();
    }

    public static string ResourceOf(IamRequest request) =>
        request.Text("UserName") is null && request.Caller.Kind is CallerKind.User or CallerKind.Root ? request.Caller.Arn : HolderKind.User.ArnOf(request);
}
