namespace Pilotlight.Cli;

/// <summary>Ends a command: one line for the person, one exit code for the script.</summary>
/// <param name="hint">What to do about it, on a line of its own, or null.</param>
class CliException(int exitCode, string message, string? hint = null) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string? Hint { get; } = hint;

    public static CliException Usage(string message, string? hint = null) => new(Cli.ExitCode.Usage, message, hint);
}

/// <summary>The platform answered, and its answer is an AWS error.</summary>
/// <param name="code">As AWS names it: <c>ResourceNotFoundException</c>.</param>
sealed class RefusedException(int status, string code, string message)
    : CliException(Cli.ExitCode.Refused, message.Length == 0 ? code : $"{code}: {message}")
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
