using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>Every AWS request is signed or refused. What is no AWS request passes: it has no caller, and no operation to run.</summary>
public sealed class AuthenticationMiddleware(RequestDelegate next, SignatureVerifier verifier)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.AwsRequest is { } request && verifier.Verify(request) is { } refused)
            return ErrorWriter.WriteAsync(http, request.Operation.Service, refused);
        return next(http);
    }
}
