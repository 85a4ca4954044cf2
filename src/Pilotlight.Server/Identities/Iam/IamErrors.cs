using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>IAM's refusals, each wording once (spec/iam.md 3).</summary>
static class IamErrors
{
    public static AwsError Validation(string message) => new(400, "ValidationError", message);

    public static AwsError InvalidInput(string message) => new(400, "InvalidInput", message);

    public static AwsError Unmodifiable(string message) => new(400, "UnmodifiableEntity", message);

    public static AwsError Exists(string message) => new(409, "EntityAlreadyExists", message);

    public static AwsError NoSuch(string message) => new(404, "NoSuchEntity", message);

    public static AwsError Malformed(string message) => new(400, "MalformedPolicyDocument", message);

    public static AwsError Conflict(string message) => new(409, "DeleteConflict", message);

    public static AwsError Limit(string message) => new(409, "LimitExceeded", message);

    public static AwsError Quota(string name, int most) => Limit($"Cannot exceed quota for {name}: {most}");

    public static AwsError NameTaken(string kind, string name) => Exists($"{kind} with name {name} already exists.");

    /// <param name="kind">In lower case: <c>role</c>, <c>role policy</c>.</param>
    public static AwsError NoName(string kind, string name) => NoSuch($"The {kind} with name {name} cannot be found.");

    public static AwsError NoPolicy(string arn) => NoSuch($"Policy {arn} was not found.");

    public static AwsError NotAttachable(string arn) => NoSuch($"Policy {arn} does not exist or is not attachable.");

    public static AwsError NoAccessKey(string id) => NoSuch($"The Access Key with id {id} cannot be found.");
}
