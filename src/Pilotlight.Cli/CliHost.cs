namespace Pilotlight.Cli;

/// <summary>
/// What the command line needs of the executable that hosts it. Everything else it does is done through the public API.
/// </summary>
public sealed record CliHost
{
    /// <summary>Runs the platform in the foreground until the token is cancelled; returns the exit code.</summary>
    public required Func<UpOptions, CancellationToken, Task<int>> Up { get; init; }

    /// <summary>
    /// Starts the whole platform in this process, on a free loopback port, with a temporary data folder and the root key
    /// <c>test</c>/<c>test</c>. Returns once requests are served.
    /// </summary>
    public required Func<CancellationToken, Task<PrivatePlatform>> StartPrivate { get; init; }

    /// <summary>Looks at this machine. Needs no running platform.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<DoctorCheck>>> Doctor { get; init; }

    /// <summary>Every runtime identifier, and what would serve it on this machine. Needs no running platform.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<RuntimeOffer>>> Runtimes { get; init; }
}

/// <summary>The flags of <c>pilotlight up</c>. Null: not given, so that the configuration decides.</summary>
public sealed record UpOptions
{
    public int? Port { get; init; }
    public string? Host { get; init; }
    public string? DataFolder { get; init; }

    /// <summary><c>enforce</c> or <c>audit</c>.</summary>
    public string? IamMode { get; init; }
}

/// <summary>A platform that lives in this process until it is disposed; disposing removes its data folder too.</summary>
public sealed class PrivatePlatform(Uri endpoint, Func<ValueTask> stop) : IAsyncDisposable
{
    public Uri Endpoint { get; } = endpoint;

    public ValueTask DisposeAsync() => stop();
}

public enum DoctorOutcome
{
    /// <summary>Works as it should.</summary>
    Good,

    /// <summary>The platform runs, but something is weaker, slower or absent.</summary>
    Limited,

    /// <summary>The platform, or a promise of its sandbox, does not hold here.</summary>
    Bad,
}

/// <param name="Name">What was looked at, in two or three words.</param>
/// <param name="Finding">What was found, in one line.</param>
/// <param name="Remedy">The command that mends it, or null.</param>
public sealed record DoctorCheck(string Name, DoctorOutcome Outcome, string Finding, string? Remedy = null);

public enum RuntimeMatch
{
    /// <summary>The identifier's own version is on this machine.</summary>
    Exact,

    /// <summary>Another version of the language stands in, with a warning in the log.</summary>
    Nearest,

    /// <summary>The language is not on this machine.</summary>
    Missing,
}

/// <param name="Identifier">As the Lambda API names it: <c>python3.11</c>, <c>provided.al2023</c>.</param>
/// <param name="Version">The version that would serve it, or null.</param>
/// <param name="Path">Where that interpreter was found, or null.</param>
public sealed record RuntimeOffer(string Identifier, RuntimeMatch Match, string? Version = null, string? Path = null);
