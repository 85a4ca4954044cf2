namespace Pilotlight.Audit;

/// <summary>Section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>How long records are kept; CloudTrail's event history goes back 90 days.</summary>
    public int RetentionDays { get; set; } = 90;
}
