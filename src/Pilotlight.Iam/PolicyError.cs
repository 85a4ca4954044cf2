namespace Pilotlight.Iam;

/// <summary>Why a document is no policy, in IAM's words (the message of <c>MalformedPolicyDocument</c>).</summary>
public sealed record PolicyError(string Message)
{
    public static readonly PolicyError InvalidJson = new("This policy contains invalid Json");
    public static readonly PolicyError Syntax = new("Syntax errors in policy.");
    public static readonly PolicyError NoActions = new("Policy statement must contain actions.");
    public static readonly PolicyError NoResources = new("Policy statement must contain resources.");
    public static readonly PolicyError DuplicateSid = new("Statement IDs (SID) in a single policy must be unique.");
    public static readonly PolicyError NoVendor = new("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    public static readonly PolicyError TwoColons = new("Actions/Condition can contain only one colon.");
    public static readonly PolicyError WrongVersion = new("Policy document must be version 2012-10-17 or greater.");
    public static readonly PolicyError LegacyParsing = new("The policy failed legacy parsing");
    public static readonly PolicyError NotAssumeRole = new("AssumeRole policy may only specify STS AssumeRole actions.");
    public static readonly PolicyError HasPrincipal = new("Policy document should not specify a principal.");

    public static readonly PolicyError AllowWithNotPrincipal = new("Allow with NotPrincipal is not allowed.");
    public static readonly PolicyError UnqualifiedVendor = new("Resource vendor must be fully qualified and cannot contain regexes.");
    public static readonly PolicyError IamPath = new($"IAM resource path must either be \"*\" or start with {string.Join(", ", PolicyGrammar.IamPaths)}.");

    public static PolicyError Required(string field) => new($"Missing required field {field}");

    public static PolicyError InvalidVendor(string vendor) => new($"Vendor {vendor} is not valid");

    public static PolicyError IamRegion(string resource) => new($"IAM resource {resource} cannot contain region information.");

    public static PolicyError BucketRegion(string resource) => new($"Resource {resource} can not contain region information.");

    public static PolicyError Prohibited(string field) => new($"Has prohibited field {field}");

    public static PolicyError NoArn(string resource) => new($"Resource {resource} must be in ARN format or \"*\".");

    public static PolicyError Partition(string partition, string resource) => new($"Partition \"{partition}\" is not valid for resource \"{resource}\".");

    public static PolicyError InvalidPrincipal(string type, string value) => new($"Invalid principal in policy: \"{type}\":\"{value}\"");
}

/// <summary>Thrown by <see cref="Policy.Parse"/> where a document is expected to be good, such as one that was stored.</summary>
public sealed class MalformedPolicyException(PolicyError error) : Exception(error.Message)
{
    public PolicyError Error { get; } = error;
}
