using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>How API Gateway words its refusals.</summary>
static class ApiErrors
{
    public static AwsError UnknownApi(AwsRequest request, string id) => NotFound($"Invalid API identifier specified {request.AccountId}:{id}");

    /// <param name="kind">Such as <c>Route</c>.</param>
    public static AwsError Unknown(string kind, string id) => NotFound($"Invalid {kind} identifier specified {id}");

    public static AwsError NotFound(string message) => new AwsError(404, "NotFoundException", message).WithoutType();

    public static AwsError Bad(string message) => new AwsError(400, "BadRequestException", message).WithoutType();

    public static AwsError Conflict(string message) => new AwsError(409, "ConflictException", message).WithoutType();

    /// <param name="what">Such as <c>routes</c>.</param>
    public static AwsError TooMany(string what) => new AwsError(429, "TooManyRequestsException", $"Max number of {what} exceeded").WithoutType();

    public static AwsError Protocol { get; } = Bad("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]");

    /// <summary>The words are ours: what AWS has and this platform has not.</summary>
    public static AwsError NotHere(string what) => Bad($"{what} not supported by this platform.");
}
