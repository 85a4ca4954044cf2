namespace Pilotlight.Functions;

/// <summary>Settings of functions, and the account-wide numbers that GetAccountSettings shows.</summary>
public sealed record FunctionsOptions
{
    public PackageLimits Packages { get; init; } = new();

    /// <summary>What the Concurrency slice enforces, for GetAccountSettings.</summary>
    public int AccountConcurrency { get; init; } = 1000;

    /// <summary>How long a download link of GetFunction works.</summary>
    public TimeSpan CodeLinkLifetime { get; init; } = TimeSpan.FromMinutes(10);
}
