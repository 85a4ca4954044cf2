using Pilotlight.Api;
using Pilotlight.Iam;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary><c>PutRolePolicy</c>, <c>PutUserPolicy</c>, <c>PutGroupPolicy</c></summary>
static class PutInlinePolicy
{
    public static QueryModel Model(HolderKind kind) => new(kind.Name, Required("PolicyName", PolicyName), Required("PolicyDocument", Document));

    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind)
    {
        var policy = new InlinePolicy(request["PolicyName"], PolicyRules.Inline(request["PolicyDocument"]));
        return request.ChangeAsync(change =>
        {
            var holder = kind.Find(change.Account, request);
            List<InlinePolicy> policies = [.. holder.InlinePolicies.Where(other => other.Name != policy.Name), policy];
            if (policies.Sum(each => Policy.SizeOf(each.Document.Text)) > kind.InlineChars)
                throw IamErrors.Limit($"Maximum policy size of {kind.InlineChars} bytes exceeded for {kind.Noun} {holder.Name}").AsException();
            policies.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
            change.Put(holder with { InlinePolicies = policies });
        });
    }
}

/// <summary><c>GetRolePolicy</c>, <c>GetUserPolicy</c>, <c>GetGroupPolicy</c></summary>
static class GetInlinePolicy
{
    public static QueryModel Model(HolderKind kind) => new(kind.Name, Required("PolicyName", PolicyName));

    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind)
    {
        var holder = kind.Find(request.Account, request);
        var policy = Find(holder, request, kind);
        return request.Answer(xml =>
        {
            xml.Text(kind.Parameter, holder.Name);
            xml.Text("PolicyName", policy.Name);
            xml.Document("PolicyDocument", policy.Document.Text);
        });
    }

    public static InlinePolicy Find(PolicyHolder holder, IamRequest request, HolderKind kind) =>
        holder.InlinePolicies.FirstOrDefault(policy => policy.Name == request["PolicyName"])
            ?? throw IamErrors.NoName($"{kind.Noun} policy", request["PolicyName"]).AsException();
}

/// <summary><c>DeleteRolePolicy</c>, <c>DeleteUserPolicy</c>, <c>DeleteGroupPolicy</c></summary>
static class DeleteInlinePolicy
{
    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind) => request.ChangeAsync(change =>
    {
        var holder = kind.Find(change.Account, request);
        var gone = GetInlinePolicy.Find(holder, request, kind);
        change.Put(holder with { InlinePolicies = [.. holder.InlinePolicies.Where(policy => policy != gone)] });
    });
}

/// <summary><c>ListRolePolicies</c>, <c>ListUserPolicies</c>, <c>ListGroupPolicies</c></summary>
static class ListInlinePolicies
{
    public static QueryModel Model(HolderKind kind) => Listing(kind.Name);

    public static ValueTask<AwsResult> Handle(IamRequest request, HolderKind kind)
    {
        var (page, next) = request.Page(kind.Find(request.Account, request).InlinePolicies, static policy => policy.Name);
        return request.Answer(xml =>
        {
            xml.Texts("PolicyNames", page.Select(policy => policy.Name));
            xml.Flag("IsTruncated", next is not null);
            xml.Text("Marker", next);
        });
    }
}
