namespace Pilotlight.Sandbox;

/// <summary>
/// The library's front door: claims an instance folder, clears what dead instances left, and opens the best driver for this machine.
/// </summary>
public sealed class SandboxPlatform
{
    /// <summary>Opens the driver named by the options; <c>auto</c> takes the container driver where it works, else the process driver.</summary>
    /// <exception cref="SandboxException">The driver asked for by name does not work here; the message says why and what mends it.</exception>
    public static Task<ISandboxDriver> OpenAsync(SandboxOptions options, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>What this machine can and cannot do, one line each, for <c>doctor</c>.</summary>
    public static Task<IReadOnlyList<SandboxCheck>> ExamineAsync(SandboxOptions options, CancellationToken cancellation) =>
        throw new NotImplementedException();
}

/// <summary>One ability of the machine. <c>Remedy</c> is the command that mends it, or null.</summary>
public sealed record SandboxCheck(string Name, bool Available, string Detail, string? Remedy);
