using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>Records every call of the control plane by a known caller, however it ends; invocations and log events are data and no control.</summary>
sealed class AuditMiddleware(RequestDelegate next, AuditLog log, TimeProvider time)
{
    public Task InvokeAsync(HttpContext http) =>
        http.AwsRequest is { IsAuthenticated: true } request && !ControlPlane.IsData(request.Operation) ? RecordAsync(http, request) : next(http);

    async Task RecordAsync(HttpContext http, AwsRequest request)
    {
        // Before the first byte of the answer: who was answered finds the call. The boundary turns what is thrown into an answer.
        http.Response.OnStarting(() => AddAsync(request).AsTask());
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            await AddAsync(request);
            throw;
        }
    }

    ValueTask AddAsync(AwsRequest request) => log.AddAsync(AuditEvent.Of(request, request.Refusal, time.GetUtcNow()), CancellationToken.None);
}
