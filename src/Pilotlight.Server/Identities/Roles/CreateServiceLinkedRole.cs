using System.Text.Json;
using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html</summary>
static class CreateServiceLinkedRole
{
    public const string PathPrefix = "/aws-service-role/";

    public static QueryModel Model { get; } = new(
        Required("AWSServiceName", GroupName), Optional("Description", Description), Optional("CustomSuffix", CustomSuffix));

    public static string ResourceOf(IamRequest request) => $"arn:aws:iam::{request.AccountId}:role{PathOf(request)}{NameOf(request)}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var service = request["AWSServiceName"];
        if (!service.EndsWith(".amazonaws.com", StringComparison.Ordinal) || service.IndexOf('.') < 1)
            throw IamErrors.InvalidInput($"Service role creation failed: {service} is not a valid service principal").AsException();
        var role = new Role
        {
            AccountId = request.AccountId,
            Id = UniqueId.OfRole(),
            Name = NameOf(request),
            Path = PathOf(request),
            CreatedAt = request.Now,
            Description = request.Text("Description"),
            TrustPolicy = new PolicyText(
                $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["{{JsonEncodedText.Encode(service)}}"]},"Action":["sts:AssumeRole"]}]}"""),
        };
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.Roles.IsTaken(role.Name))
                    throw IamErrors.InvalidInput($"Service role name {role.Name} has been taken in this account, please try a different suffix.").AsException();
                change.Put(role);
                return role;
            },
            static (xml, role) => xml.Structure("Role", xml => xml.CreatedRole(role)));
    }

    static string PathOf(IamRequest request) => $"{PathPrefix}{request["AWSServiceName"]}/";

    /// <summary><c>AWSServiceRoleForLambda_suffix</c></summary>
    static string NameOf(IamRequest request)
    {
        var service = request["AWSServiceName"];
        var word = service[..Math.Max(service.IndexOf('.'), 1)];
        var name = "AWSServiceRoleFor" + char.ToUpperInvariant(word[0]) + word[1..];
        return request.Text("CustomSuffix") is { } suffix ? $"{name}_{suffix}" : name;
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html</summary>
static class DeleteServiceLinkedRole
{
    public static QueryModel Model { get; } = new(RoleOperation.RoleName);

    /// <summary>Nothing here runs on a service-linked role, so it goes at once; the task that AWS would work on is finished when it is named.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(
        change =>
        {
            var role = change.Account.FindRole(request);
            if (!role.Path.StartsWith(CreateServiceLinkedRole.PathPrefix, StringComparison.Ordinal))
                throw IamErrors.NoSuch($"The role with name {role.Name} cannot be found.").AsException();
            change.Remove(role);
            return $"task{role.Path}{role.Name}/{Guid.NewGuid()}";
        },
        static (xml, task) => xml.Text("DeletionTaskId", task));
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html</summary>
static class GetServiceLinkedRoleDeletionStatus
{
    public static QueryModel Model { get; } = new(Required("DeletionTaskId", DeletionTaskId));

    public static string ResourceOf(IamRequest request) =>
        request["DeletionTaskId"].Split('/') is ["task", "aws-service-role", var service, var name, _]
            ? $"arn:aws:iam::{request.AccountId}:role/aws-service-role/{service}/{name}"
            : $"arn:aws:iam::{request.AccountId}:role/";

    public static ValueTask<AwsResult> Handle(IamRequest request) =>
        request["DeletionTaskId"].Split('/') is ["task", "aws-service-role", _, var name, _]
            ? request.Answer(xml => xml.Text("Status", request.Account.Roles.Find(name) is null ? "SUCCEEDED" : "FAILED"))
            : throw IamErrors.NoSuch($"The deletion task with id {request["DeletionTaskId"]} cannot be found.").AsException();
}
