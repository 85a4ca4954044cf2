using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

static class GroupOperation
{
    public static ModelMember GroupName { get; } = Required("GroupName", IamShapes.GroupName);

    public static Group FindGroup(this Account account, IamRequest request) =>
        account.Groups.Find(request["GroupName"]) ?? throw IamErrors.NoName("group", request["GroupName"]).AsException();
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html</summary>
static class GetGroup
{
    public static QueryModel Model { get; } = Listing(GroupOperation.GroupName);

    /// <summary>The group and, page by page, its users.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var group = account.FindGroup(request);
        return request.Page(
            "Users", account.Users.Where(user => user.GroupIds.Contains(group.Id)), static user => user.Name,
            static (xml, user) => xml.Entity("User", user), xml => xml.Structure("Group", xml => xml.Entity("Group", group)));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html</summary>
static class UpdateGroup
{
    public static QueryModel Model { get; } = new(
        GroupOperation.GroupName, Optional("NewPath", IamShapes.Path), Optional("NewGroupName", IamShapes.GroupName));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var group = change.Account.FindGroup(request);
        var renamed = group with { Name = request.Text("NewGroupName") ?? group.Name, Path = request.Text("NewPath") ?? group.Path };
        if (!renamed.Name.Equals(group.Name, StringComparison.OrdinalIgnoreCase) && change.Account.Groups.IsTaken(renamed.Name))
            throw IamErrors.NameTaken("Group", renamed.Name).AsException();
        change.Rename(group, renamed);
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html</summary>
static class DeleteGroup
{
    public static QueryModel Model { get; } = new(GroupOperation.GroupName);

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var group = change.Account.FindGroup(request);
        if (change.Account.Users.Any(user => user.GroupIds.Contains(group.Id)))
            throw IamErrors.Conflict("Cannot delete entity, must remove users from group first.").AsException();
        if (group.AttachedPolicies.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must detach all policies first.").AsException();
        if (group.InlinePolicies.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must delete policies first.").AsException();
        change.Remove(group);
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html</summary>
static class ListGroups
{
    public static QueryModel Model { get; } = Listing(Optional("PathPrefix", PathPrefix));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.Page(
        "Groups", request.Account.Groups.UnderPath(request), static group => group.Name, static (xml, group) => xml.Entity("Group", group));
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html</summary>
static class ListGroupsForUser
{
    public static QueryModel Model { get; } = Listing(UserOperation.UserName);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        return request.Page(
            "Groups", account.GroupsOf(account.FindUser(request)), static group => group.Name, static (xml, group) => xml.Entity("Group", group));
    }
}
