using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

static class InstanceProfileOperation
{
    public static ModelMember ProfileName { get; } = Required("InstanceProfileName", InstanceProfileName);

    public static InstanceProfile FindInstanceProfile(this Account account, IamRequest request) =>
        account.InstanceProfiles.Find(request["InstanceProfileName"])
            ?? throw IamErrors.NoSuch($"Instance Profile {request["InstanceProfileName"]} cannot be found.").AsException();

    public static string ResourceOf(IamRequest request) =>
        request.Account.InstanceProfiles.Find(request["InstanceProfileName"])?.Arn
            ?? $"arn:aws:iam::{request.AccountId}:instance-profile/{request["InstanceProfileName"]}";
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html</summary>
static class CreateInstanceProfile
{
    const int MaxProfiles = 5_000;

    public static QueryModel Model { get; } = new(InstanceProfileOperation.ProfileName, Optional("Path", IamShapes.Path), Optional("Tags", IamShapes.Tags));

    public static string ResourceOf(IamRequest request) =>
        $"arn:aws:iam::{request.AccountId}:instance-profile{request.Text("Path") ?? "/"}{request["InstanceProfileName"]}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var profile = new InstanceProfile
        {
            AccountId = request.AccountId,
            Id = UniqueId.OfInstanceProfile(),
            Name = request["InstanceProfileName"],
            Path = request.Text("Path") ?? "/",
            CreatedAt = request.Now,
            Tags = request.Tags(),
        };
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.InstanceProfiles.IsTaken(profile.Name))
                    throw IamErrors.Exists($"Instance Profile {profile.Name} already exists.").AsException();
                if (change.Account.InstanceProfiles.Count >= MaxProfiles)
                    throw IamErrors.Quota("InstanceProfilesPerAccount", MaxProfiles).AsException();
                change.Put(profile);
                return change.Account;
            },
            (xml, account) => xml.Structure("InstanceProfile", xml => xml.InstanceProfile(profile, account)));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html</summary>
static class GetInstanceProfile
{
    public static QueryModel Model { get; } = new(InstanceProfileOperation.ProfileName);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var profile = account.FindInstanceProfile(request);
        return request.Answer(xml => xml.Structure("InstanceProfile", xml => xml.InstanceProfile(profile, account)));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html</summary>
static class DeleteInstanceProfile
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var profile = change.Account.FindInstanceProfile(request);
        if (change.Account.RolesOf(profile).Any())
            throw IamErrors.Conflict("Cannot delete entity, must remove roles from instance profile first.").AsException();
        change.Remove(profile);
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html</summary>
static class AddRoleToInstanceProfile
{
    public static QueryModel Model { get; } = new(InstanceProfileOperation.ProfileName, RoleOperation.RoleName);

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var profile = change.Account.FindInstanceProfile(request);
        var role = change.Account.FindOwnRole(request);
        if (change.Account.RolesOf(profile).Any())
            throw IamErrors.Quota("InstanceSessionsPerInstanceProfile", 1).AsException();
        change.Put(profile with { RoleId = role.Id });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html</summary>
static class RemoveRoleFromInstanceProfile
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var profile = change.Account.FindInstanceProfile(request);
        if (change.Account.RolesOf(profile).All(role => role.Name != request["RoleName"]))
            throw IamErrors.NoName("role", request["RoleName"]).AsException();
        change.Put(profile with { RoleId = null });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html</summary>
static class ListInstanceProfiles
{
    public static QueryModel Model { get; } = Listing(Optional("PathPrefix", PathPrefix));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        return request.Page(
            "InstanceProfiles", account.InstanceProfiles.UnderPath(request), static profile => profile.Name,
            (xml, profile) => xml.InstanceProfile(profile, account));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html</summary>
static class ListInstanceProfilesForRole
{
    public static QueryModel Model { get; } = Listing(RoleOperation.RoleName);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var role = account.FindRole(request);
        return request.Page(
            "InstanceProfiles", account.InstanceProfiles.Where(profile => profile.RoleId == role.Id), static profile => profile.Name,
            (xml, profile) => xml.InstanceProfile(profile, account));
    }
}
