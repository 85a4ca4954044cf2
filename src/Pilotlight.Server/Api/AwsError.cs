namespace Pilotlight.Api;

/// <summary>A refused request, as AWS words it. Returned where it is expected, thrown (as <see cref="AwsException"/>) from deep code.</summary>
public sealed record AwsError(int Status, string Code, string Message)
{
    /// <summary>Throttling errors say why (<c>Reason</c>).</summary>
    public string? Reason { get; init; }

    /// <summary>Seconds for <c>Retry-After</c>, or null for no header.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Some of AWS's answers lack the <c>Type</c> member that their siblings have (spec/api.md 1).</summary>
    public bool OmitType { get; init; }

    /// <summary>AWS answers some refusals with a null message.</summary>
    public bool NullMessage { get; init; }

    /// <summary>The code in the query protocol of a service that speaks json too and names its errors otherwise there (SQS).</summary>
    public string? QueryCode { get; init; }

    /// <summary>What S3 names beside code and message, such as <c>BucketName</c>.</summary>
    public IReadOnlyList<(string Name, string Value)> Members { get; init; } = [];

    public AwsError WithoutType() => this with { OmitType = true };

    public AwsException AsException() => new(this);

    public static AwsError Validation(string message) => new(400, "ValidationException", message);

    public static AwsError InvalidParameter(string message) => new(400, "InvalidParameterValueException", message);

    public static AwsError NotFound(string message) => new(404, "ResourceNotFoundException", message);

    public static AwsError Conflict(string message) => new(409, "ResourceConflictException", message);

    public static AwsError AccessDenied(string message) => new(403, "AccessDeniedException", message);

    public static AwsError Serialization(string message) => new(400, "SerializationException", message);

    public static AwsError Internal { get; } = new(500, "ServiceException", "An internal error occurred. Quote the request id to the operator.");

    public static AwsError UnknownOperation { get; } = new(404, "UnknownOperationException", "");

    public static AwsError TooLarge(long limitBytes, string operation) =>
        new(413, "RequestEntityTooLargeException", $"Request must be smaller than {limitBytes} bytes for the {operation} operation");
}

/// <summary>Carries an <see cref="AwsError"/> out of deep code.</summary>
public sealed class AwsException(AwsError error) : Exception(error.Message)
{
    public AwsError Error { get; } = error;
}
