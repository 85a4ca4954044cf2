namespace Pilotlight.RuntimeSupport;

/// <summary>One event, with what the Runtime API says about it.</summary>
sealed class Invocation
{
    public string RequestId { get; set; } = "";
    public string FunctionArn { get; set; } = "";
    public string? TraceId { get; set; }
    public string? ClientContext { get; set; }
    public string? CognitoIdentity { get; set; }
    public string? TenantId { get; set; }
    public long DeadlineMs { get; set; }
    public byte[] Payload { get; set; } = [];
}
