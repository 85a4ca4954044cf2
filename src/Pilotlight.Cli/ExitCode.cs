namespace Pilotlight.Cli;

/// <summary>The exit codes that scripts rely on (README, docs/operations.md).</summary>
public static class ExitCode
{
    public const int Success = 0;

    /// <summary>The function ran and answered with an error.</summary>
    public const int FunctionError = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The platform could not be reached, or could not start.</summary>
    public const int Unreachable = 3;

    /// <summary>The platform refused the request.</summary>
    public const int Refused = 4;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;
}
