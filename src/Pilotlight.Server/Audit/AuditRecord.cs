namespace Pilotlight.Audit;

/// <summary>One recorded call: what lookups search by, and the whole of it as CloudTrail writes it.</summary>
/// <param name="Json">The record in CloudTrail's shape.</param>
public sealed record AuditRecord(
    string EventId, string AccountId, string Region, DateTimeOffset Time, string Name, string Source, string Username, string AccessKeyId,
    bool IsReadOnly, IReadOnlyList<AuditResource> Resources, string Json);

/// <param name="Type">CloudFormation's name for the kind, <c>AWS::Lambda::Function</c>.</param>
public sealed record AuditResource(string Type, string Name);
