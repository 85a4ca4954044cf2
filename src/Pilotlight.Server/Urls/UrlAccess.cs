using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Functions;
using Pilotlight.Iam;

namespace Pilotlight.Urls;

/// <summary>
/// Who may use a URL (spec/invoke.md 8.1). Both actions must be allowed: <c>lambda:InvokeFunctionUrl</c>, and <c>lambda:InvokeFunction</c>
/// by way of the URL. A public URL needs a resource policy that lets everybody in.
/// </summary>
sealed class UrlAccess(SignedDoor door, Authorizer authorizer)
{
    const string Help = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

    static readonly AwsOperation s_operation = new(AwsService.Lambda, "InvokeFunctionUrl", static _ => throw new NotSupportedException());

    public static AwsError Forbidden { get; } =
        AwsError.AccessDenied($"Forbidden. For troubleshooting Function URL authorization issues, see: {Help}");

    public static AwsError UnknownUrl { get; } = AwsError.AccessDenied("") with { NullMessage = true };

    /// <summary>The caller (null: anybody), or why the request is refused.</summary>
    public (Caller? Caller, AwsError? Refused) Check(HttpContext http, ReadOnlyMemory<byte> body, FunctionUrl url, FunctionReference function)
    {
        var request = new AwsRequest(http, s_operation, http.TraceIdentifier) { Body = body };
        ConditionValues Conditions(string key) => key.ToLowerInvariant() switch
        {
            "lambda:functionurlauthtype" => url.AuthType,
            "lambda:functionarn" => function.QualifiedArn,
            "lambda:invokedviafunctionurl" => "true",
            _ => ConditionValues.None,
        };
        return url.AuthType == FunctionUrl.Public
            ? (null, CheckPublic(request, function, Conditions))
            : CheckSigned(request, function, Conditions);
    }

    AwsError? CheckPublic(AwsRequest request, FunctionReference function, Func<string, ConditionValues> conditions)
    {
        request.Caller = new Caller { AccountId = function.AccountId, Arn = "", UserId = "anonymous", Kind = CallerKind.Anonymous };
        request.Region = function.Region;
        return authorizer.AllowsAnybody(request, "lambda:InvokeFunctionUrl", function.QualifiedArn, conditions)
            && authorizer.AllowsAnybody(request, "lambda:InvokeFunction", function.QualifiedArn, conditions) ? null : Forbidden;
    }

    (Caller?, AwsError?) CheckSigned(AwsRequest request, FunctionReference function, Func<string, ConditionValues> conditions)
    {
        if (!SignedDoor.IsSigned(request.Http.Request))
            return (null, Forbidden);
        if (door.Check(request) is { } refused)
            return (null, refused);

        // The signature may be for any region; the function lies in one.
        var denied = request.Region != function.Region
            || authorizer.Check(request, "lambda:InvokeFunctionUrl", function.QualifiedArn, conditions) is not null
            || authorizer.Check(request, "lambda:InvokeFunction", function.QualifiedArn, conditions) is not null;
        return denied ? (null, Forbidden) : (request.Caller, null);
    }
}
