using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html</summary>
static class CreatePolicyVersion
{
    public static QueryModel Model { get; } = new(PolicyOperation.PolicyArn, Required("PolicyDocument", Document), Optional("SetAsDefault", IamShapes.Flag));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var document = PolicyRules.Managed(request["PolicyDocument"]);
        return request.ChangeAsync(
            change =>
            {
                var policy = request.FindOwnPolicy(change.Account);
                if (policy.Versions.Count >= ManagedPolicy.MaxVersions)
                {
                    throw IamErrors.Limit(
                        $"A managed policy can have up to {ManagedPolicy.MaxVersions} versions. Before you create a new version, you must delete an existing version.").AsException();
                }

                var version = new PolicyVersion(policy.LastVersion + 1, document, request.Now);
                policy = policy with
                {
                    Versions = [.. policy.Versions, version],
                    LastVersion = version.Number,
                    DefaultVersion = request.Flag("SetAsDefault") == true ? version.Number : policy.DefaultVersion,
                    UpdatedAt = request.Now,
                };
                change.Put(policy);
                return (policy, version);
            },
            static (xml, made) => xml.Structure("PolicyVersion", xml => xml.PolicyVersion(made.policy, made.version)));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html</summary>
static class GetPolicyVersion
{
    public static QueryModel Model { get; } = new(PolicyOperation.PolicyArn, Required("VersionId", VersionId));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var policy = request.FindPolicy(request.Account);
        var version = policy.FindVersion(request);
        return request.Answer(xml => xml.Structure("PolicyVersion", xml =>
        {
            xml.Document("Document", version.Document.Text);
            xml.PolicyVersion(policy, version);
        }));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html</summary>
static class ListPolicyVersions
{
    public static QueryModel Model { get; } = Listing(PolicyOperation.PolicyArn);

    /// <summary>The newest first.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var policy = request.FindPolicy(request.Account);
        return request.Page("Versions", policy.Versions, static version => $"{int.MaxValue - version.Number:D10}", (xml, version) => xml.PolicyVersion(policy, version));
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html</summary>
static class DeletePolicyVersion
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var policy = request.FindOwnPolicy(change.Account);
        var version = policy.FindVersion(request);
        if (version.Number == policy.DefaultVersion)
            throw IamErrors.Conflict("Cannot delete the default version of a policy.").AsException();
        change.Put(policy with { Versions = [.. policy.Versions.Where(each => each != version)], UpdatedAt = request.Now });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html</summary>
static class SetDefaultPolicyVersion
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var policy = request.FindOwnPolicy(change.Account);
        change.Put(policy with { DefaultVersion = policy.FindVersion(request).Number, UpdatedAt = request.Now });
    });
}
