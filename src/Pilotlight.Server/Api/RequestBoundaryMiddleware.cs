using Microsoft.AspNetCore.Http.Features;

namespace Pilotlight.Api;

/// <summary>Gives every request its id, and turns what goes wrong behind it into an AWS error; a bug is logged once and told to nobody else.</summary>
public sealed partial class RequestBoundaryMiddleware(RequestDelegate next, ILogger<RequestBoundaryMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var requestId = Guid.NewGuid().ToString();
        http.TraceIdentifier = requestId;
        http.Response.Headers["x-amzn-RequestId"] = requestId;
        try
        {
            await next(http);
        }
        catch (AwsException refused)
        {
            await WriteAsync(http, refused.Error);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
        catch (BadHttpRequestException bad)
        {
            await WriteAsync(http, new AwsError(bad.StatusCode, "BadRequestException", bad.Message));
        }
        catch (Exception bug)
        {
            RequestFailed(bug, requestId, http.AwsRequest?.Operation.Name ?? http.Request.Path);
            await WriteAsync(http, ServiceOf(http).InternalFailure);
        }
    }

    static async Task WriteAsync(HttpContext http, AwsError error)
    {
        if (http.Response.HasStarted)
            http.Abort();
        else
            await ErrorWriter.WriteAsync(http, ServiceOf(http), error);
    }

    static AwsService ServiceOf(HttpContext http) => http.AwsRequest?.Operation.Service ?? AwsService.Lambda;

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} to {Operation} failed")]
    partial void RequestFailed(Exception bug, string requestId, string operation);
}
