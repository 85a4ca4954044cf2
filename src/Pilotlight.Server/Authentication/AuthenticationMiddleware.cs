using Pilotlight.Api;
using Pilotlight.Identities;

namespace Pilotlight.Authentication;

/// <summary>Every AWS request is signed or refused. What is no AWS request passes: it has no caller, and no operation to run.</summary>
public sealed class AuthenticationMiddleware(
    RequestDelegate next, SignatureVerifier verifier, FailedSignatures failed, AccessKeyUses uses, TimeProvider time)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.AwsRequest is not { } request)
            return next(http);
        if (request.Operation.IsUnsigned || (request.Operation.IsOpenToAnonymous && !SignatureClaim.IsIn(http.Request)))
        {
            request.Caller = Caller.Anonymous;
            request.IsAuthenticated = true;
            return next(http);
        }

        var source = http.Connection.RemoteIpAddress;
        if (failed.TurnsAway(source))
            return ErrorWriter.WriteAsync(http, request.Operation.Service, Slower(request.Operation.Service.Protocol));
        if (verifier.Verify(request) is not { } refused)
        {
            uses.Note(request.Caller, request.Operation.Service.Name, request.Region, time.GetUtcNow());
            return next(http);
        }

        // No signature, or one of a session that has ended, is no forgery.
        if (refused.Code is not ("MissingAuthenticationToken" or "MissingAuthenticationTokenException" or "ExpiredToken" or "ExpiredTokenException"))
            failed.Count(source);
        return ErrorWriter.WriteAsync(http, request.Operation.Service, refused);
    }

    static AwsError Slower(AwsProtocol protocol) => protocol switch
    {
        AwsProtocol.Query or AwsProtocol.RestXml => new AwsError(400, "Throttling", "Rate exceeded"),
        AwsProtocol.Json10 or AwsProtocol.Json11 => new AwsError(400, "ThrottlingException", "Rate exceeded"),
        _ => new AwsError(429, "ThrottlingException", "Rate exceeded"),
    };
}
