namespace Pilotlight.Api;

public enum AwsProtocol
{
    RestJson,
    Json10,
    Json11,
    Query,
    RestXml,
}

/// <summary>One AWS service as a client addresses it.</summary>
/// <param name="Name">The name in the credential scope of a signature: <c>lambda</c>, <c>logs</c>, <c>sts</c>.</param>
/// <param name="Protocol">How its requests and answers look on the wire.</param>
/// <param name="Target">What stands before the operation's name in <c>X-Amz-Target</c> (json protocols), without the dot.</param>
/// <param name="Version">API version (query protocol).</param>
/// <param name="XmlNamespace">Namespace of the answers (query protocol).</param>
public sealed record AwsService(string Name, AwsProtocol Protocol, string? Target = null, string? Version = null, string? XmlNamespace = null)
{
    /// <summary>Of a json service that used to speak the query protocol: the namespace of its errors, which also tell their old codes.</summary>
    public string? ErrorNamespace { get; init; }

    /// <summary>The code of a refused permission, where the service has one of its own.</summary>
    public string? RefusalCode { get; init; }

    /// <summary>What the service says when something went wrong inside: the error of its model, or the one that is common to all.</summary>
    public AwsError InternalFailure { get; init; } = Failure("InternalFailure");

    /// <summary>How the service refuses whoever did not sign, by the resource; null where it does so as it refuses others.</summary>
    public Func<string, AwsError>? AnonymousRefusal { get; init; }

    /// <summary>Of a json service that some clients speak to in CBOR; null when none do.</summary>
    public CborMembers? Cbor { get; init; }

    public static AwsService Lambda { get; } = new("lambda", AwsProtocol.RestJson) { InternalFailure = AwsError.Internal };

    public static AwsService Logs { get; } = new("logs", AwsProtocol.Json11, Target: "Logs_20140328");

    public static AwsService CloudTrail { get; } =
        new("cloudtrail", AwsProtocol.Json11, Target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101");

    public static AwsService Sts { get; } =
        new("sts", AwsProtocol.Query, Version: "2011-06-15", XmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/");

    public static AwsService Iam { get; } =
        new("iam", AwsProtocol.Query, Version: "2010-05-08", XmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/")
        {
            InternalFailure = Failure("ServiceFailure"),
        };

    /// <summary>As current SDKs speak to it; older ones use the query protocol (<see cref="SqsQuery"/>).</summary>
    public static AwsService Sqs { get; } = new("sqs", AwsProtocol.Json10, Target: "AmazonSQS")
    {
        ErrorNamespace = "com.amazonaws.sqs",
        InternalFailure = Failure("InternalFailure", TryAgain) with { QueryCode = "InternalError" },
        AnonymousRefusal = SqsDenied,
    };

    public static AwsService SqsQuery { get; } =
        new("sqs", AwsProtocol.Query, Version: "2012-11-05", XmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/")
        {
            InternalFailure = Failure("InternalError", TryAgain),
            AnonymousRefusal = SqsDenied,
        };

    public static AwsService S3 { get; } = new("s3", AwsProtocol.RestXml, XmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/")
    {
        InternalFailure = Failure("InternalError", TryAgain),
    };

    public static AwsService Sns { get; } =
        new("sns", AwsProtocol.Query, Version: "2010-03-31", XmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/")
        {
            RefusalCode = "AuthorizationError",
            InternalFailure = Failure("InternalError"),
        };

    public static AwsService Events { get; } = new("events", AwsProtocol.Json11, Target: "AWSEvents") { InternalFailure = Failure("InternalException") };

    public static AwsService Scheduler { get; } = new("scheduler", AwsProtocol.RestJson)
    {
        InternalFailure = Failure("InternalServerException", "Unexpected error encountered while processing the request."),
    };

    public static AwsService Kinesis { get; } = new("kinesis", AwsProtocol.Json11, Target: "Kinesis_20131202")
    {
        InternalFailure = Failure("InternalFailureException"),
        Cbor = new CborMembers(
            new HashSet<string> { "Data" }, new HashSet<string> { "ApproximateArrivalTimestamp", "ConsumerCreationTimestamp", "StreamCreationTimestamp" }),
    };

    /// <summary>HTTP APIs (v2) of API Gateway: what makes them; what they serve is <c>HttpApis</c>' own.</summary>
    public static AwsService ApiGateway { get; } = new("apigateway", AwsProtocol.RestJson)
    {
        InternalFailure = Failure("InternalServerErrorException", "Internal server error"),
    };

    /// <summary>The operator's own operations, which AWS does not have.</summary>
    public static AwsService Pilotlight { get; } = new("pilotlight", AwsProtocol.RestJson) { InternalFailure = AwsError.Internal };

    const string TryAgain = "We encountered an internal error. Please try again.";

    const string Unknown = "The request processing has failed because of an unknown error, exception or failure.";

    static AwsError Failure(string code, string message = Unknown) => new(500, code, message);

    static AwsError SqsDenied(string resource) =>
        new(403, "AccessDeniedException", $"Access to the resource {resource} is denied.") { QueryCode = "AccessDenied" };
}
