using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html</summary>
static class CreateGroup
{
    const int MaxGroups = 300;

    public static QueryModel Model { get; } = new(Optional("Path", IamShapes.Path), Required("GroupName", GroupName));

    public static string ResourceOf(IamRequest request) =>
        $"arn:aws:iam::{request.AccountId}:group{request.Text("Path") ?? "/"}{request["GroupName"]}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var group = new Group
        {
            AccountId = request.AccountId,
            Id = UniqueId.OfGroup(),
            Name = request["GroupName"],
            Path = request.Text("Path") ?? "/",
            CreatedAt = request.Now,
        };
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.Groups.IsTaken(group.Name))
                    throw IamErrors.NameTaken("Group", group.Name).AsException();
                if (change.Account.Groups.Count >= MaxGroups)
                    throw IamErrors.Quota("GroupsPerAccount", MaxGroups).AsException();
                change.Put(group);
                return group;
            },
            static (xml, group) => xml.Structure("Group", xml => xml.Entity("Group", group)));
    }
}
