using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html</summary>
static class GetUser
{
    public static QueryModel Model { get; } = new(UserOperation.CallerOrUserName);

    /// <summary>Root may ask for itself, and is shown as a user without a name.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        if (request.Text("UserName") is null && request.Caller.Kind == CallerKind.Root)
        {
            return request.Answer(xml => xml.Structure("User", xml =>
            {
                xml.Text("UserId", account.Id);
                xml.Text("Arn", request.Caller.Arn);
                xml.Date("CreateDate", account.Settings.CreatedAt);
            }));
        }

        var user = account.FindUserOrCaller(request);
        return request.Answer(xml => xml.Structure("User", xml => xml.User(user)));
    }
}
