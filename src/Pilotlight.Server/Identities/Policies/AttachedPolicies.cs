using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary><c>AttachRolePolicy</c>, <c>AttachUserPolicy</c>, <c>AttachGroupPolicy</c></summary>
static class AttachPolicy
{
    public static QueryModel Model(HolderKind kind) => new(kind.Name, Required("PolicyArn", Arn));

    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind) => request.ChangeAsync(change =>
    {
        var arn = request["PolicyArn"];
        var policy = request.FindPolicy(change.Account, arn);
        var holder = kind.Find(change.Account, request);
        if (policy is null)
            throw IamErrors.NotAttachable(arn).AsException();
        if (holder.AttachedPolicies.Contains(arn))
            return;
        if (holder.AttachedPolicies.Count >= HolderKind.MaxAttached)
            throw IamErrors.Quota($"PoliciesPer{kind.Word}", HolderKind.MaxAttached).AsException();
        change.Put(holder with { AttachedPolicies = [.. holder.AttachedPolicies, arn] });
    });
}

/// <summary><c>DetachRolePolicy</c>, <c>DetachUserPolicy</c>, <c>DetachGroupPolicy</c></summary>
static class DetachPolicy
{
    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind) => request.ChangeAsync(change =>
    {
        var arn = request["PolicyArn"];
        request.FindPolicy(change.Account, arn);
        var holder = kind.Find(change.Account, request);
        if (!holder.AttachedPolicies.Contains(arn))
            throw IamErrors.NoPolicy(arn).AsException();
        change.Put(holder with { AttachedPolicies = [.. holder.AttachedPolicies.Where(attached => attached != arn)] });
    });
}

/// <summary><c>ListAttachedRolePolicies</c>, <c>ListAttachedUserPolicies</c>, <c>ListAttachedGroupPolicies</c></summary>
static class ListAttachedPolicies
{
    public static QueryModel Model(HolderKind kind) => Listing(kind.Name, Optional("PathPrefix", PolicyPath));

    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind)
    {
        var attached = kind.Find(request.Account, request).AttachedPolicies;
        if (request.Text("PathPrefix") is { } prefix)
            attached = [.. attached.Where(arn => request.FindPolicy(arn)?.Path.StartsWith(prefix, StringComparison.Ordinal) == true)];
        return request.Page("AttachedPolicies", attached, static arn => arn, static (xml, arn) => xml.AttachedPolicy(arn));
    }
}
