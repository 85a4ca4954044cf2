using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html</summary>
static class CreateAccessKey
{
    const int MaxKeys = 2;

    public static QueryModel Model { get; } = new(UserOperation.CallerOrUserName);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var (key, secret) = request.Services.Keys.NewUserKey(request.AccountId);
        return request.ChangeAsync(
            change =>
            {
                var user = change.Account.FindUserOrCaller(request);
                if (user.AccessKeys.Count >= MaxKeys)
                    throw IamErrors.Quota("AccessKeysPerUser", MaxKeys).AsException();
                change.Put(user with { AccessKeys = [.. user.AccessKeys, key] });
                return user.Name;
            },
            (xml, userName) => xml.Structure("AccessKey", xml =>
            {
                xml.Text("UserName", userName);
                xml.Text("AccessKeyId", key.Id);
                xml.Text("Status", "Active");
                xml.Text("SecretAccessKey", secret);
                xml.Date("CreateDate", key.CreatedAt);
            }));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html</summary>
static class ListAccessKeys
{
    public static QueryModel Model { get; } = Listing(UserOperation.CallerOrUserName);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var user = request.Account.FindUserOrCaller(request);
        return request.Page("AccessKeyMetadata", user.AccessKeys, static key => key.Id, (xml, key) =>
        {
            xml.Text("UserName", user.Name);
            xml.Text("AccessKeyId", key.Id);
            xml.Text("Status", key.IsActive ? "Active" : "Inactive");
            xml.Date("CreateDate", key.CreatedAt);
        });
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html</summary>
static class UpdateAccessKey
{
    public static QueryModel Model { get; } = new(
        UserOperation.CallerOrUserName, Required("AccessKeyId", IamShapes.AccessKeyId), Required("Status", Status));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var user = change.Account.FindUserOrCaller(request);
        var key = user.FindKey(request);
        if (request["Status"] == "Expired")
            throw IamErrors.Validation("The access key status can be Active or Inactive.").AsException();
        change.Put(user with { AccessKeys = [.. user.AccessKeys.Select(each => each == key ? key with { IsActive = request["Status"] == "Active" } : each)] });
    });

    public static UserKey FindKey(this User user, IamRequest request) =>
        user.AccessKeys.FirstOrDefault(key => key.Id == request["AccessKeyId"]) ?? throw IamErrors.NoAccessKey(request["AccessKeyId"]).AsException();
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html</summary>
static class DeleteAccessKey
{
    public static QueryModel Model { get; } = new(UserOperation.CallerOrUserName, Required("AccessKeyId", IamShapes.AccessKeyId));

    public static async ValueTask<AwsResult> Handle(IamRequest request)
    {
        var done = await request.ChangeAsync(change =>
        {
            var user = change.Account.FindUserOrCaller(request);
            var key = user.FindKey(request);
            change.Put(user with { AccessKeys = [.. user.AccessKeys.Where(each => each != key)] });
        });
        request.Services.Uses.Forget(request["AccessKeyId"]);
        return done;
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html</summary>
static class GetAccessKeyLastUsed
{
    public static QueryModel Model { get; } = new(Required("AccessKeyId", IamShapes.AccessKeyId));

    public static string ResourceOf(IamRequest request) =>
        OwnerOf(request) is { } user ? user.Arn : $"arn:aws:iam::{request.AccountId}:user/";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        // A key that is not the account's is not spoken of.
        if (OwnerOf(request) is not { } user)
            throw IamErrors.NoAccessKey(request["AccessKeyId"]).AsException();
        var use = request.Services.Uses.Find(request["AccessKeyId"]);
        return request.Answer(xml =>
        {
            xml.Text("UserName", user.Name);
            xml.Structure("AccessKeyLastUsed", xml =>
            {
                xml.Date("LastUsedDate", use?.At);
                xml.Text("ServiceName", use?.Service ?? "N/A");
                xml.Text("Region", use?.Region ?? "N/A");
            });
        });
    }

    static User? OwnerOf(IamRequest request) =>
        request.Account.Users.FirstOrDefault(user => user.AccessKeys.Any(key => key.Id == request["AccessKeyId"]));
}
