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
    public static AwsService Lambda { get; } = new("lambda", AwsProtocol.RestJson);

    public static AwsService Logs { get; } = new("logs", AwsProtocol.Json11, Target: "Logs_20140328");

    public static AwsService CloudTrail { get; } =
        new("cloudtrail", AwsProtocol.Json11, Target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101");

    public static AwsService Sts { get; } =
        new("sts", AwsProtocol.Query, Version: "2011-06-15", XmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/");

    public static AwsService Iam { get; } =
        new("iam", AwsProtocol.Query, Version: "2010-05-08", XmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/");

    /// <summary>The operator's own operations, which AWS does not have.</summary>
    public static AwsService Pilotlight { get; } = new("pilotlight", AwsProtocol.RestJson);
}
