using System.Text.Json;
using Pilotlight.Iam;

namespace Pilotlight.HttpApis;

/// <summary>What a Lambda authorizer answered: yes or no, or a policy that says to what.</summary>
/// <param name="Policy">Null for a plain yes or no.</param>
/// <param name="Context">A JSON object for the backend, or undefined.</param>
sealed record AuthorizerAnswer(bool IsAuthorized, Policy? Policy, JsonElement Context, string? PrincipalId)
{
    const int MaxDepth = 64;

    public bool Allows(ApiRequest request)
    {
        if (Policy is null)
            return IsAuthorized;
        var principal = new Principal { Kind = PrincipalKind.User, Arn = PrincipalId ?? "", AccountId = request.Stage.Api.AccountId };
        return Evaluator.Decide(
            new AccessRequest
            {
                Principal = principal,
                Action = "execute-api:Invoke",
                Resource = request.Arn,
                ResourceAccountId = request.Stage.Api.AccountId,
                Time = request.Time,
            },
            new PrincipalPolicies { Identity = [Policy] }, ResourcePolicies.None).IsAllowed;
    }

    /// <summary>Null when it is none: the function is wrong then, and nobody gets in.</summary>
    public static AuthorizerAnswer? TryRead(ReadOnlyMemory<byte> json, bool isSimple)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return null;
            var context = root.TryGetProperty("context", out var given) && given.ValueKind == JsonValueKind.Object ? given.Clone() : default;
            if (isSimple)
            {
                return root.TryGetProperty("isAuthorized", out var authorized) && authorized.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? new AuthorizerAnswer(authorized.GetBoolean(), null, context, null)
                    : null;
            }

            if (!root.TryGetProperty("principalId", out var id) || id.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("policyDocument", out var document2) || document2.ValueKind != JsonValueKind.Object)
                return null;
            return Policy.TryParse(document2.GetRawText(), PolicyKind.Identity, "authorizer", out _) is { } policy
                ? new AuthorizerAnswer(false, policy, context, id.GetString())
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
