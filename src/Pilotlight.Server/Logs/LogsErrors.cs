using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>Refusals as CloudWatch Logs words them.</summary>
static class LogsErrors
{
    public static AwsError NoSuchGroup { get; } = new(400, "ResourceNotFoundException", "The specified log group does not exist.");

    public static AwsError NoSuchStream { get; } = new(400, "ResourceNotFoundException", "The specified log stream does not exist.");

    public static AwsError GroupExists { get; } = new(400, "ResourceAlreadyExistsException", "The specified log group already exists");

    public static AwsError StreamExists { get; } = new(400, "ResourceAlreadyExistsException", "The specified log stream already exists");

    public static AwsError InvalidToken { get; } = InvalidParameter("The specified nextToken is invalid.");

    public static AwsError NoSuchSubscription { get; } = new(400, "ResourceNotFoundException", "The specified subscription filter does not exist.");

    public static AwsError LimitExceeded { get; } = new(400, "LimitExceededException", "Resource limit exceeded.");

    public static AwsError NoSuchPolicy(string name) => new(400, "ResourceNotFoundException", $"Policy with name [{name}] does not exist.");

    public static AwsError TooManyTags { get; } =
        new(400, "TooManyTagsException", $"A log group cannot have more than {LogsInput.MaxTags} tags.");

    public static AwsError InvalidParameter(string message) => new(400, "InvalidParameterException", message);
}
