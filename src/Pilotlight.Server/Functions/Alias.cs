namespace Pilotlight.Functions;

/// <summary>A name for a version of a function, which may share its invocations with one more version: immutable.</summary>
public sealed record Alias
{
    public required string Name { get; init; }

    /// <summary><c>$LATEST</c> or a number.</summary>
    public required string FunctionVersion { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Null when every invocation goes to <see cref="FunctionVersion"/>.</summary>
    public AliasRouting? Routing { get; init; }

    public required string RevisionId { get; init; }

    /// <summary>The version that one invocation runs.</summary>
    public string Draw(Random random) => Routing is { } routing && random.NextDouble() < routing.Weight ? routing.Version : FunctionVersion;

    /// <summary>Whether invocations of the alias can run this version.</summary>
    public bool Reaches(string version) => FunctionVersion == version || Routing?.Version == version;
}

/// <summary>The second version of an alias.</summary>
/// <param name="Version">A number.</param>
/// <param name="Weight">Its share of the invocations, 0 to 1.</param>
public sealed record AliasRouting(string Version, double Weight);
