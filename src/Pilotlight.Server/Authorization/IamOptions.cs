namespace Pilotlight.Authorization;

/// <summary>Settings of the section <c>Iam</c>.</summary>
public sealed class IamOptions
{
    public IamMode Mode { get; set; } = IamMode.Enforce;
}

public enum IamMode
{
    /// <summary>What no permission covers is refused.</summary>
    Enforce,

    /// <summary>What would be refused is logged and let pass.</summary>
    Audit,
}
