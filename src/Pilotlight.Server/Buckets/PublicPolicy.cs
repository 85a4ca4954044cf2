using System.Text.Json.Nodes;

namespace Pilotlight.Buckets;

/// <summary>
/// Whether a policy lets the public in: an allow for everybody whose conditions hold nobody to a fixed account, network, organisation
/// or source (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
/// </summary>
static class PublicPolicy
{
    static readonly HashSet<string> s_limiting = new(StringComparer.OrdinalIgnoreCase)
    {
        "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceAccount", "aws:SourceArn", "aws:SourceIp",
        "aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceOwner", "aws:userid", "aws:VpcSourceIp", "s3:DataAccessPointAccount",
        "s3:DataAccessPointArn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    };

    /// <param name="policy">A valid policy document.</param>
    public static bool IsPublic(string policy) => JsonNode.Parse(policy)?["Statement"] switch
    {
        JsonArray statements => statements.Any(IsPublicStatement),
        { } statement => IsPublicStatement(statement),
        _ => false,
    };

    static bool IsPublicStatement(JsonNode? node) => node is JsonObject statement && Text(statement["Effect"]) == "Allow"
        && (statement["NotPrincipal"] is not null || IsEverybody(statement["Principal"])) && !IsLimited(statement["Condition"]);

    static bool IsEverybody(JsonNode? principal) => principal switch
    {
        JsonObject kinds => kinds.Any(kind => kind.Key == "AWS" && Values(kind.Value).Contains("*")),
        _ => Text(principal) == "*",
    };

    /// <summary>By a positive test of a fixed value.</summary>
    static bool IsLimited(JsonNode? condition) => condition is JsonObject tests && tests.Any(test =>
        !test.Key.Contains("Not", StringComparison.OrdinalIgnoreCase) && !test.Key.EndsWith("IfExists", StringComparison.OrdinalIgnoreCase)
        && !test.Key.StartsWith("Null", StringComparison.OrdinalIgnoreCase) && test.Value is JsonObject keys
        && keys.Any(key => s_limiting.Contains(key.Key) && Values(key.Value).All(value => IsFixed(key.Key, value))));

    static bool IsFixed(string key, string value) => value.Length > 0 && !value.Contains("${", StringComparison.Ordinal)
        && (key.Equals("aws:SourceIp", StringComparison.OrdinalIgnoreCase)
            ? !value.EndsWith("/0", StringComparison.Ordinal)
            : key.EndsWith("Arn", StringComparison.OrdinalIgnoreCase)
                ? value.Split(':') is [_, _, var service, _, var account, ..] && (account.Length > 0 ? !account.Contains('*') && !account.Contains('?') : service == "s3")
                : !value.Contains('*') && !value.Contains('?'));

    static IEnumerable<string> Values(JsonNode? node) => node switch
    {
        JsonArray items => items.Select(Text).OfType<string>(),
        _ => Text(node) is { } text ? [text] : [],
    };

    static string? Text(JsonNode? node) => node is JsonValue value ? value.ToString() : null;
}
