namespace Pilotlight.EventSources;

/// <summary>Sections <c>Sources:Kinesis</c> and <c>Sources:DynamoDb</c>: streams elsewhere.</summary>
public sealed class StreamSourceOptions
{
    /// <summary>Such as <c>https://kinesis.eu-central-1.amazonaws.com</c> or <c>http://127.0.0.1:8000</c>; empty for none.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Empty for that of the stream's ARN.</summary>
    public string Region { get; set; } = "";

    /// <summary>Empty for those of the environment (<c>AWS_ACCESS_KEY_ID</c> and its companions).</summary>
    public string AccessKeyId { get; set; } = "";

    public string SecretAccessKey { get; set; } = "";

    /// <summary>Of temporary keys.</summary>
    public string SessionToken { get; set; } = "";
}
