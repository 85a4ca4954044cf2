using Pilotlight.Api;
using Pilotlight.Authentication;

namespace Pilotlight.Urls;

/// <summary>Verifies the signature of a request that came past the stations of the API: to a function URL, to an HTTP API.</summary>
sealed class SignedDoor(SignatureVerifier verifier, FailedSignatures failed)
{
    public static bool IsSigned(HttpRequest request) =>
        request.Headers.ContainsKey("Authorization") || request.Query.ContainsKey("X-Amz-Signature");

    /// <summary>Null when the signature is good: then the request has its caller and region.</summary>
    public AwsError? Check(AwsRequest request)
    {
        var source = request.Http.Connection.RemoteIpAddress;
        if (failed.TurnsAway(source))
            return new AwsError(429, "ThrottlingException", "Rate exceeded");
        if (verifier.Verify(request) is not { } refused)
            return null;
        failed.Count(source);
        return refused;
    }
}
