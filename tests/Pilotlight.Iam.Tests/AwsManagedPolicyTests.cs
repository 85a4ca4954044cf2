using System.Text.Json;

namespace Pilotlight.Iam.Tests;

/// <summary>The policies that AWS publishes are the largest body of good policies there is.</summary>
public sealed class AwsManagedPolicyTests
{
    [Fact]
    public void Every_shipped_policy_of_AWS_is_understood()
    {
        var count = 0;
        foreach (var policy in Shipped())
        {
            var parsed = Policy.TryParse(policy.GetProperty("Document").GetRawText(), PolicyKind.Managed, policy.GetProperty("Arn").GetString()!, out var error);
            Assert.True(parsed is not null, $"{policy.GetProperty("Name")}: {error?.Message}");
            count++;
        }

        Assert.True(count >= 80);
    }

    [Fact]
    public void What_a_function_needs_at_least_is_what_AWSLambdaBasicExecutionRole_allows()
    {
        var document = Shipped().Single(policy => policy.GetProperty("Name").GetString() == "AWSLambdaBasicExecutionRole").GetProperty("Document").GetRawText();
        var policies = new PrincipalPolicies { Identity = [Policy.Parse(document, PolicyKind.Managed, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")] };
        const string group = $"arn:aws:logs:us-east-1:{Ask.Account}:log-group:/aws/lambda/f:*";
        Assert.True(Evaluator.Decide(Ask.Request(Ask.Session(), "logs:PutLogEvents", group), policies, ResourcePolicies.None).IsAllowed);
        Assert.False(Evaluator.Decide(Ask.Request(Ask.Session(), "logs:GetLogEvents", group), policies, ResourcePolicies.None).IsAllowed);
    }

    static JsonElement[] Shipped()
    {
        var path = Path.Combine(Checkout.Root, "src", "Pilotlight.Server", "Identities", "Policies", "aws-managed-policies.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
