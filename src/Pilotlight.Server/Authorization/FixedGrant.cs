using System.Collections.Frozen;
using Pilotlight.Api;

namespace Pilotlight.Authorization;

/// <summary>
/// Who may do what until accounts have policies (the IAM issue replaces this file): the root of an account everything in that
/// account; code in an execution environment what AWS's managed policies AWSLambdaBasicExecutionRole and AWSLambdaRole allow;
/// anybody else nothing.
/// </summary>
static class FixedGrant
{
    static readonly FrozenSet<string> ExecutionRoleActions = new[]
    {
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", // AWSLambdaBasicExecutionRole
        "lambda:InvokeFunction",                                            // AWSLambdaRole
    }.ToFrozenSet(StringComparer.Ordinal);

    public static AuthorizationDecision Decide(Caller caller, string action, string resource)
    {
        var granted = caller switch
        {
            { Kind: CallerKind.Root } => true,
            { Kind: CallerKind.AssumedRole, SourceFunctionArn: not null } => ExecutionRoleActions.Contains(action),
            _ => false,
        };
        if (!granted)
            return AuthorizationDecision.NoIdentityPolicy;
        return IsIn(caller.AccountId, resource) ? AuthorizationDecision.Allowed : AuthorizationDecision.NoResourcePolicy;
    }

    /// <summary>Whether the resource lies in the account; <c>*</c> and ARNs without an account mean the caller's own.</summary>
    static bool IsIn(string accountId, ReadOnlySpan<char> resource)
    {
        if (!resource.StartsWith("arn:"))
            return resource is "*";
        for (var colons = 0; colons < 4; colons++)
        {
            var colon = resource.IndexOf(':');
            if (colon < 0)
                return false;
            resource = resource[(colon + 1)..];
        }

        var end = resource.IndexOf(':');
        var account = end < 0 ? default : resource[..end];
        return end == 0 || account.SequenceEqual(accountId);
    }
}

enum AuthorizationDecision
{
    Allowed,

    /// <summary>The caller's own policies do not allow it.</summary>
    NoIdentityPolicy,

    /// <summary>Another account's resource, whose policy does not let the caller in.</summary>
    NoResourcePolicy,
}
