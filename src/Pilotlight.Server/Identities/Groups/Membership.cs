using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html</summary>
static class AddUserToGroup
{
    const int MaxGroups = 10;

    public static QueryModel Model { get; } = new(GroupOperation.GroupName, UserOperation.UserName);

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var group = change.Account.FindGroup(request);
        var user = change.Account.FindUser(request);
        if (user.GroupIds.Contains(group.Id))
            return;
        if (user.GroupIds.Count >= MaxGroups)
            throw IamErrors.Quota("GroupsPerUser", MaxGroups).AsException();
        change.Put(user with { GroupIds = [.. user.GroupIds, group.Id] });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html</summary>
static class RemoveUserFromGroup
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var group = change.Account.FindGroup(request);
        var user = change.Account.FindUser(request);
        if (!user.GroupIds.Contains(group.Id))
            throw IamErrors.NoSuch($"User {user.Name} is not in group {group.Name}.").AsException();
        change.Put(user with { GroupIds = [.. user.GroupIds.Where(id => id != group.Id)] });
    });
}
