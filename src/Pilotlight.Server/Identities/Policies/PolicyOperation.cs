using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>What the operations on managed policies share.</summary>
static class PolicyOperation
{
    public static ModelMember PolicyArn { get; } = IamShapes.Required("PolicyArn", IamShapes.Arn);

    public static string ResourceOf(IamRequest request) => request["PolicyArn"];

    /// <exception cref="AwsException">There is none of this ARN.</exception>
    public static ManagedPolicy FindPolicy(this IamRequest request, Account account) =>
        request.FindPolicy(account, request["PolicyArn"]) ?? throw IamErrors.NoPolicy(request["PolicyArn"]).AsException();

    /// <summary>As <see cref="FindPolicy"/>, for a change: AWS's own policies are not the account's to change.</summary>
    public static ManagedPolicy FindOwnPolicy(this IamRequest request, Account account)
    {
        var policy = request.FindPolicy(account);
        return policy.AccountId == account.Id
            ? policy
            : throw new AwsError(403, "AccessDenied", "Cannot perform the operation on the AWS managed policy.").AsException();
    }

    public static PolicyVersion FindVersion(this ManagedPolicy policy, IamRequest request) =>
        policy.FindVersion(request["VersionId"])
            ?? throw IamErrors.NoSuch($"Policy {policy.Arn} version {request["VersionId"]} does not exist or is not attachable.").AsException();

    extension(QueryXml xml)
    {
        public void ListedPolicy(ManagedPolicy policy, int attached, int bounding)
        {
            xml.Text("PolicyName", policy.Name);
            xml.Text("PolicyId", policy.Id);
            xml.Text("Arn", policy.Arn);
            xml.Text("Path", policy.Path);
            xml.Text("DefaultVersionId", $"v{policy.DefaultVersion}");
            xml.Number("AttachmentCount", attached);
            xml.Number("PermissionsBoundaryUsageCount", bounding);
            xml.Flag("IsAttachable", true);
            xml.Date("CreateDate", policy.CreatedAt);
            xml.Date("UpdateDate", policy.UpdatedAt);
        }
    }
}
