using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html</summary>
static class CreatePolicy
{
    const int MaxPolicies = 5_000;

    public static QueryModel Model { get; } = new(
        Required("PolicyName", PolicyName), Optional("Path", PolicyPath), Required("PolicyDocument", Document),
        Optional("Description", PolicyDescription), Optional("Tags", IamShapes.Tags));

    public static string ResourceOf(IamRequest request) =>
        $"arn:aws:iam::{request.AccountId}:policy{request.Text("Path") ?? "/"}{request["PolicyName"]}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var policy = new ManagedPolicy
        {
            AccountId = request.AccountId,
            Id = UniqueId.OfManagedPolicy(),
            Name = request["PolicyName"],
            Path = request.Text("Path") ?? "/",
            Description = request.Text("Description"),
            CreatedAt = request.Now,
            UpdatedAt = request.Now,
            Versions = [new PolicyVersion(1, PolicyRules.Managed(request["PolicyDocument"]), request.Now)],
            DefaultVersion = 1,
            LastVersion = 1,
            Tags = request.Tags(),
        };
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.Policies.IsTaken(policy.Name))
                    throw IamErrors.Exists($"A policy called {policy.Name} already exists. Duplicate names are not allowed.").AsException();
                if (change.Account.Policies.Count >= MaxPolicies)
                    throw IamErrors.Quota("PoliciesPerAccount", MaxPolicies).AsException();
                change.Put(policy);
                return policy;
            },
            static (xml, policy) => xml.Structure("Policy", xml =>
            {
                xml.ListedPolicy(policy, 0, 0);
                xml.Tags(policy.Tags);
            }));
    }
}
