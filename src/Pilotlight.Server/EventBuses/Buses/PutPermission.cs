using System.Text.Json;
using System.Text.Json.Nodes;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html</summary>
static class PutPermission
{
    const int MaxPolicyBytes = 10_240;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalog buses, TimeProvider time)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        var whole = request.Text("Policy");
        if (whole is not null && Policy.TryParse(whole, PolicyKind.Resource, "resource policy", out _) is null)
            return AwsError.Validation("The policy is not valid JSON, or not a resource policy.");
        var statement = whole is null ? StatementOf(request, bus) : null;
        await buses.ChangeAsync(bus, known =>
        {
            var policy = whole is not null
                ? new BusPolicy(whole)
                : BusPolicy.Put((known ?? throw BusErrors.NoBus(bus.Name).AsException()).Policy, statement!.DeepClone().AsObject());
            if (System.Text.Encoding.UTF8.GetByteCount(policy.Document) > MaxPolicyBytes)
                throw new AwsError(400, "PolicyLengthExceededException", "The size of the policy exceeds the limit of 10240 bytes.").AsException();
            return (known ?? throw BusErrors.NoBus(bus.Name).AsException()) with { Policy = policy, ModifiedAt = time.GetUtcNow() };
        });
        return AwsResult.EmptyObject;
    }

    /// <exception cref="AwsException">A member is missing.</exception>
    static JsonObject StatementOf(AwsRequest request, BusName bus)
    {
        foreach (var member in (ReadOnlySpan<string>)["Action", "Principal", "StatementId"])
        {
            if (request.Text(member) is null)
                throw BusErrors.Invalid(member, $"{member} is required when Policy is not specified.").AsException();
        }

        var principal = request.Required("Principal");
        var statement = new JsonObject
        {
            ["Sid"] = request.Required("StatementId"),
            ["Effect"] = "Allow",
            ["Principal"] = principal == "*" ? "*" : new JsonObject { ["AWS"] = $"arn:aws:iam::{principal}:root" },
            ["Action"] = request.Required("Action"),
            ["Resource"] = bus.Arn,
        };
        if (request.Structure("Condition") is { } condition)
            statement["Condition"] = new JsonObject
            {
                [BusRequest.Member(condition, "Type")!] = new JsonObject { [BusRequest.Member(condition, "Key")!] = BusRequest.Member(condition, "Value") },
            };
        return statement;
    }
}
