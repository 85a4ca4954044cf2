using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html</summary>
static class UpdateUser
{
    public static QueryModel Model { get; } = new(UserOperation.UserName, Optional("NewPath", IamShapes.Path), Optional("NewUserName", UserName));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var user = change.Account.FindUser(request);
        var renamed = user with { Name = request.Text("NewUserName") ?? user.Name, Path = request.Text("NewPath") ?? user.Path };
        if (!renamed.Name.Equals(user.Name, StringComparison.OrdinalIgnoreCase) && change.Account.Users.IsTaken(renamed.Name))
            throw IamErrors.NameTaken("User", renamed.Name).AsException();
        change.Rename(user, renamed);
    });
}
