using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Functions;

/// <summary>Lambda's own condition keys, read from what a request brings or names (spec/iam.md 7).</summary>
static class FunctionConditions
{
    public static ConditionValues Find(AwsRequest request, string key, FunctionCatalog catalog) => key.ToLowerInvariant() switch
    {
        "lambda:layer" => List(Member(request, "Layers")),
        "lambda:subnetids" => List(Member(request, "VpcConfig", "SubnetIds")),
        "lambda:securitygroupids" => List(Member(request, "VpcConfig", "SecurityGroupIds")),
        "lambda:codesigningconfigarn" => Text(Member(request, "CodeSigningConfigArn")),
        "lambda:principal" => Text(Member(request, "Principal")) is { Exist: true } given ? given : Stored(request, catalog)?.Principal.Value ?? ConditionValues.None,
        "lambda:functionurlauthtype" => AuthType(request, catalog),
        "lambda:functionarn" => FunctionArn(request),
        _ => ConditionValues.None,
    };

    static ConditionValues AuthType(AwsRequest request, FunctionCatalog catalog)
    {
        if (Text(Member(request, "FunctionUrlAuthType")) is { Exist: true } ofStatement)
            return ofStatement;
        if (Text(Member(request, "AuthType")) is { Exist: true } ofUrl)
            return ofUrl;
        if (OfStoredUrl(request, catalog) is { } ofStoredUrl)
            return ofStoredUrl.AuthType;
        return Stored(request, catalog)?.Conditions.FirstOrDefault(condition => condition.Key == "lambda:FunctionUrlAuthType")?.Value is { } stored
            ? stored
            : ConditionValues.None;
    }

    /// <summary>The URL that an operation on URLs changes, shows or deletes.</summary>
    static FunctionUrl? OfStoredUrl(AwsRequest request, FunctionCatalog catalog) =>
        request.Operation.Name is "GetFunctionUrlConfig" or "UpdateFunctionUrlConfig" or "DeleteFunctionUrlConfig"
        && FunctionName.Resolve(request, out var reference) is null
            ? catalog.Find(reference.Key)?.UrlOf(reference.Qualifier)
            : null;

    /// <summary>The statement that RemovePermission names.</summary>
    static PolicyStatement? Stored(AwsRequest request, FunctionCatalog catalog)
    {
        if (request.Path("StatementId") is not { Length: > 0 } sid || FunctionName.Resolve(request, out var reference) is not null)
            return null;
        return catalog.Find(reference.Key)?.PolicyOf(reference.Qualifier)?.Statements.FirstOrDefault(statement => statement.Sid == sid);
    }

    static ConditionValues FunctionArn(AwsRequest request)
    {
        if (request.Path("FunctionName") is { Length: > 0 })
            return FunctionName.ResourceOf(request);
        return Member(request, "FunctionName") is { ValueKind: JsonValueKind.String } name
            ? FunctionName.ResourceOf(request, name.GetString()!, null)
            : ConditionValues.None;
    }

    static JsonElement? Member(AwsRequest request, string name, string? inner = null)
    {
        if (request.Body.IsEmpty || !request.Json().TryGetProperty(name, out var member))
            return null;
        if (inner is null)
            return member;
        return member.ValueKind == JsonValueKind.Object && member.TryGetProperty(inner, out var below) ? below : null;
    }

    static ConditionValues Text(JsonElement? member) => member is { ValueKind: JsonValueKind.String } text ? text.GetString()! : ConditionValues.None;

    static ConditionValues List(JsonElement? member) => member is { ValueKind: JsonValueKind.Array } items
        ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).ToArray()
        : ConditionValues.None;
}
