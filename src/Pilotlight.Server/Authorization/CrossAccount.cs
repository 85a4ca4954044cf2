using System.Collections.Frozen;
using Pilotlight.Api;

namespace Pilotlight.Authorization;

/// <summary>The operations of Lambda that take the ARN of another account's function (spec/iam.md 7).</summary>
public static class CrossAccount
{
    static readonly FrozenSet<string> s_callable = new[]
    {
        "CreateAlias", "DeleteAlias", "DeleteFunction", "DeleteFunctionConcurrency", "DeleteFunctionEventInvokeConfig",
        "DeleteProvisionedConcurrencyConfig", "GetAlias", "GetFunction", "GetFunctionConcurrency", "GetFunctionConfiguration",
        "GetFunctionEventInvokeConfig", "GetLayerVersion", "GetLayerVersionByArn", "GetPolicy", "GetProvisionedConcurrencyConfig", "Invoke",
        "InvokeWithResponseStream", "ListAliases", "ListFunctionEventInvokeConfigs", "ListProvisionedConcurrencyConfigs", "ListTags",
        "ListVersionsByFunction", "PublishVersion", "PutFunctionConcurrency", "PutFunctionEventInvokeConfig",
        "PutProvisionedConcurrencyConfig", "TagResource", "UntagResource", "UpdateAlias", "UpdateFunctionCode", "UpdateFunctionEventInvokeConfig",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What every other operation answers: a refusal without a word.</summary>
    public static AwsError Refused { get; } = AwsError.AccessDenied("") with { NullMessage = true };

    public static bool Allows(AwsOperation operation) => operation.Service.Name != "lambda" || s_callable.Contains(operation.Name);
}
