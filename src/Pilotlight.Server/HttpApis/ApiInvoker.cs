using Pilotlight.Authorization;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Invocations;

namespace Pilotlight.HttpApis;

/// <summary>On whose leave an API invokes a function.</summary>
/// <param name="SourceArn">The route or authorizer, for the function's policy.</param>
/// <param name="CredentialsArn">A role that API Gateway wears instead, or null.</param>
readonly record struct ApiLeave(string SourceArn, string SourceAccount, string? CredentialsArn);

/// <summary>Invokes functions as API Gateway does: by their policy's leave, or a role's, and for thirty seconds at most.</summary>
sealed class ApiInvoker(FunctionCatalog functions, Invoker invoker, Authorizer authorizer, ServiceRoles roles, TimeProvider time)
{
    const string Principal = "apigateway.amazonaws.com";
    const string Action = "lambda:InvokeFunction";

    /// <summary>The version to run; null when it may not, is not there, or cannot.</summary>
    public async ValueTask<FunctionVersion?> FindAsync(ServedFunction function, ApiLeave leave, CancellationToken cancellation)
    {
        var isAllowed = leave.CredentialsArn is { } role
            ? roles.Refusal(new WornRole(role, Principal, leave.SourceArn), Action, function.Arn, time.GetUtcNow()) is null
            : authorizer.Allows(new ServiceCall(Principal, Action, function.Arn) { SourceArn = leave.SourceArn, SourceAccount = leave.SourceAccount });
        if (!isAllowed)
            return null;
        return await functions.FindSettledAsync(function.Reference, cancellation) is { State: "Active", NotRunnable: null } version ? version : null;
    }

    /// <summary>Null when the time was over. The function goes on then, as it does when the client goes away.</summary>
    public async Task<InvocationOutcome?> InvokeAsync(
        FunctionVersion version, ServedFunction function, ReadOnlyMemory<byte> payload, string traceId, TimeSpan timeout)
    {
        try
        {
            var execution = await invoker.InvokeApartAsync(version, new InvocationRequest
            {
                RequestId = Guid.NewGuid().ToString(),
                Payload = payload,
                InvokedFunctionArn = function.Arn,
                TraceId = traceId,
            }).WaitAsync(timeout, time);
            return execution.Outcome;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
