namespace Pilotlight.Metering;

/// <summary>Section <c>Metering</c>.</summary>
public sealed class MeteringOptions
{
    /// <summary>A file of prices instead of AWS's list of us-east-1; the same members as <c>src/Pilotlight.Server/Metering/prices.json</c>.</summary>
    public string Prices { get; set; } = "";
}
