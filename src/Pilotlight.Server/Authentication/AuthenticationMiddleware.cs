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
        if (request.Operation.IsUnsigned)
        {
            request.Caller = Caller.Anonymous;
            request.IsAuthenticated = true;
            return next(http);
        }

        if (request.Operation.IsOpenToAnonymous && !SignatureClaim.IsIn(http.Request))
            return PassUnsignedAsync(http, request);

        var source = http.Connection.RemoteIpAddress;
        if (failed.TurnsAway(source))
            return ErrorWriter.WriteAsync(http, request.Operation.Service, Slower(request.Operation.Service.Protocol));
        if (verifier.Verify(request) is not { } refused)
        {
            uses.Note(request.Caller, request.Operation.Service.Name, request.Region, time.GetUtcNow());
            return next(http);
        }

        // No signature, or one of a session that has ended, is no forgery.
        if (refused.Code is not ("MissingAuthenticationToken" or "MissingAuthenticationTokenException" or "ExpiredToken" or "ExpiredTokenException"
            or "RequestTimeTooSkewed" or "AccessDenied" or "InvalidRequest"))
            failed.Count(source);
        return ErrorWriter.WriteAsync(http, request.Operation.Service, refused);
    }

    Task PassUnsignedAsync(HttpContext http, AwsRequest request)
    {
        if (PayloadProof.OfUnsigned(http.Request) is not { } proof || (!request.Operation.StreamsBody && proof.CheckWhole(request.Body.Span) is not null))
            return ErrorWriter.WriteAsync(http, request.Operation.Service, new AuthenticationErrors(request.Operation.Service.Protocol).MissingToken);
        http.Features.Set(proof);
        request.Caller = Caller.Anonymous;
        request.IsAuthenticated = true;
        return next(http);
    }

    static AwsError Slower(AwsProtocol protocol) => protocol switch
    {
        AwsProtocol.RestXml => new AwsError(503, "SlowDown", "Please reduce your request rate."),
        AwsProtocol.Query => new AwsError(400, "Throttling", "Rate exceeded"),
        AwsProtocol.Json10 or AwsProtocol.Json11 => new AwsError(400, "ThrottlingException", "Rate exceeded"),
        _ => new AwsError(429, "ThrottlingException", "Rate exceeded"),
    };
}
