using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html</summary>
static class CreateUser
{
    const int MaxUsers = 5_000;

    public static QueryModel Model { get; } = new(
        Optional("Path", IamShapes.Path), Required("UserName", UserName), Optional("PermissionsBoundary", Arn), Optional("Tags", IamShapes.Tags));

    public static string ResourceOf(IamRequest request) =>
        $"arn:aws:iam::{request.AccountId}:user{request.Text("Path") ?? "/"}{request["UserName"]}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var user = new User
        {
            AccountId = request.AccountId,
            Id = UniqueId.OfUser(),
            Name = request["UserName"],
            Path = request.Text("Path") ?? "/",
            CreatedAt = request.Now,
            PermissionsBoundary = request.Text("PermissionsBoundary"),
            Tags = request.Tags(),
        };
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.Users.IsTaken(user.Name))
                    throw IamErrors.NameTaken("User", user.Name).AsException();
                if (change.Account.Users.Count >= MaxUsers)
                    throw IamErrors.Quota("UsersPerAccount", MaxUsers).AsException();
                PermissionsBoundary.RefuseUnknown(request, change.Account, user.PermissionsBoundary);
                change.Put(user);
                return user;
            },
            static (xml, user) => xml.Structure("User", xml => xml.User(user)));
    }
}
