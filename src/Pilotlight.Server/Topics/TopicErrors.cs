using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>SNS's refusals, each wording once.</summary>
static class TopicErrors
{
    /// <summary><c>Invalid parameter: TEXT</c></summary>
    public static AwsError Parameter(string text) => new(400, "InvalidParameter", $"Invalid parameter: {text}");

    /// <summary>Where AWS leaves its usual beginning out.</summary>
    public static AwsError Bare(string text) => new(400, "InvalidParameter", text);

    public static AwsError NoTopic { get; } = new(404, "NotFound", "Topic does not exist");

    public static AwsError NoSubscription { get; } = new(404, "NotFound", "Subscription does not exist");

    public static AwsError NoResource { get; } = new(404, "ResourceNotFound", "Resource does not exist");

    /// <summary>Of message attributes.</summary>
    public static AwsError Attribute(string text) => new(400, "ParameterValueInvalid", text);

    public static AwsError ShortArn(string parameter, int elements) => Parameter($"{parameter} Reason: An ARN must have at least 6 elements, not {elements}");

    public static AwsError NoValue(string parameter) => Parameter($"{parameter} Reason: no value for required parameter");

    public static AwsError TooLong { get; } = Parameter("Message too long");

    public static AwsError NoDefault { get; } = Parameter("Message Structure - No default entry in JSON message body");

    public static AwsError Authorization(string text) => new(403, "AuthorizationError", text);

    public static AwsError TooManyTags { get; } = new(400, "TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded");

    public static AwsError TooManyFilters { get; } = new(403, "FilterPolicyLimitExceeded", "Filter policy limit exceeded for topic");
}
