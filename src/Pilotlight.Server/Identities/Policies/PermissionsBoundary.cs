using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary><c>PutRolePermissionsBoundary</c>, <c>DeleteRolePermissionsBoundary</c>, and the same of users.</summary>
static class PermissionsBoundary
{
    public static QueryModel PutModel(HolderKind kind) => new(kind.Name, Required("PermissionsBoundary", Arn));

    public static QueryModel DeleteModel(HolderKind kind) => new(kind.Name);

    public static ValueTask<AwsResult> Put(IamRequest request, HolderKind kind) => request.ChangeAsync(change =>
    {
        var holder = kind.Find(change.Account, request);
        RefuseUnknown(request, change.Account, request["PermissionsBoundary"]);
        change.Put(holder with { PermissionsBoundary = request["PermissionsBoundary"] });
    });

    public static ValueTask<AwsResult> Delete(IamRequest request, HolderKind kind) => request.ChangeAsync(change =>
    {
        var holder = kind.Find(change.Account, request);
        if (holder.PermissionsBoundary is null)
            throw IamErrors.NoSuch($"{kind.Word} {holder.Name} does not have a permissions boundary.").AsException();
        change.Put(holder with { PermissionsBoundary = null });
    });

    /// <exception cref="AwsException">The ARN names no managed policy.</exception>
    public static void RefuseUnknown(IamRequest request, Account account, string? arn)
    {
        if (arn is null || request.FindPolicy(account, arn) is not null)
            return;
        throw IamErrors.NoSuch($"Scope ARN: {arn} does not exist or is not attachable.").AsException();
    }
}
