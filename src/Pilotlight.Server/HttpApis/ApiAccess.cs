using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>Who sent the request, or what it is refused with.</summary>
readonly record struct Admission(ApiIdentity? Identity, int Status = 0, string Message = "", string? Challenge = null)
{
    public static Admission Unauthorized { get; } = new(null, 401, "Unauthorized");

    public static Admission Forbidden { get; } = new(null, 403, "Forbidden");

    public static Admission Failed { get; } = new(null, 500, "Internal Server Error");
}

/// <summary>Whether a request may use its route: anybody, whoever signs, whom an authorizer lets in, whom a token vouches for.</summary>
sealed class ApiAccess(SignedDoor door, Authorizer authorizer, LambdaAuthorizers lambdas, JwtAuthorizers tokens)
{
    static readonly AwsOperation s_operation =
        new(new AwsService("execute-api", AwsProtocol.RestJson), "Invoke", static _ => throw new NotSupportedException());

    public ValueTask<Admission> CheckAsync(ApiRequest request) => request.Route.Route.AuthorizationType switch
    {
        "NONE" => ValueTask.FromResult(new Admission(ApiIdentity.Nobody)),
        "AWS_IAM" => ValueTask.FromResult(CheckSigned(request)),
        "CUSTOM" when request.Route.Authorizer is { } custom => lambdas.CheckAsync(request, custom),
        "JWT" when request.Route.Authorizer is { } jwt => tokens.CheckAsync(request, jwt),
        // Its authorizer was deleted.
        _ => ValueTask.FromResult(Admission.Failed),
    };

    Admission CheckSigned(ApiRequest request)
    {
        var api = request.Stage.Api;
        if (!SignedDoor.IsSigned(request.Http.Request))
            return Admission.Forbidden;
        var asked = new AwsRequest(request.Http, s_operation, request.Http.TraceIdentifier) { Body = request.Body };
        if (door.Check(asked) is { } refused)
            return refused.Status == 429 ? new Admission(null, 429, "Too Many Requests") : Admission.Forbidden;
        // The signature may be for any region; the API lies in one. An API has no policy that could let other accounts in.
        return asked.Region == api.Region && asked.AccountId == api.AccountId
            && authorizer.Check(asked, "execute-api:Invoke", request.Arn, static _ => ConditionValues.None) is null
            ? new Admission(new ApiIdentity.Signed(asked.Caller))
            : Admission.Forbidden;
    }
}
