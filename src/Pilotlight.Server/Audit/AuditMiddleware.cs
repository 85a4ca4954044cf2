using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>Records every call of the control plane by a known caller, however it ends; invocations and log events are data and no control.</summary>
sealed class AuditMiddleware(RequestDelegate next, AuditLog log, TimeProvider time)
{
    public Task InvokeAsync(HttpContext http) =>
        http.AwsRequest is { IsAuthenticated: true } request && !ControlPlane.IsData(request.Operation) ? RecordAsync(http, request) : next(http);

    async Task RecordAsync(HttpContext http, AwsRequest request)
    {
        AwsError? thrown = AwsError.Internal;
        try
        {
            await next(http);
            thrown = null;
        }
        catch (AwsException refused)
        {
            thrown = refused.Error;
            throw;
        }
        finally
        {
            await log.AddAsync(AuditEvent.Of(request, request.Refusal ?? thrown, time.GetUtcNow()), CancellationToken.None);
        }
    }
}
