using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html</summary>
static class ListEntitiesForPolicy
{
    public static QueryModel Model { get; } = Listing(
        PolicyOperation.PolicyArn, Optional("EntityFilter", EntityFilter), Optional("PathPrefix", IamShapes.Path), Optional("PolicyUsageFilter", PolicyUsage));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var arn = request.FindPolicy(account).Arn;
        var (filter, usage) = (request.Text("EntityFilter"), request.Text("PolicyUsageFilter"));
        var holders = account.PolicyHolders.UnderPath(request).Where(holder =>
            (filter is null || holder.GetType().Name == filter)
            && (usage != "PermissionsBoundary" && holder.AttachedPolicies.Contains(arn) || usage != "PermissionsPolicy" && holder.PermissionsBoundary == arn));
        var (page, next) = request.Page(holders, static holder => $"{holder.GetType().Name}/{holder.Name}");
        return request.Answer(xml =>
        {
            foreach (var kind in HolderKind.All)
            {
                xml.List($"Policy{kind.Word}s", page.Where(holder => holder.GetType().Name == kind.Word), (xml, holder) =>
                {
                    xml.Text($"{kind.Word}Name", holder.Name);
                    xml.Text($"{kind.Word}Id", holder.Id);
                });
            }

            xml.Flag("IsTruncated", next is not null);
            xml.Text("Marker", next);
        });
    }
}
