using Amazon.Lambda.Core;

namespace Pilotlight.RuntimeSupport.Known;

/// <summary>ILambdaLogger as it is usually: its other overloads have default implementations that end in these.</summary>
public sealed class Logger(Func<string, object?[], object?> answer) : ILambdaLogger
{
    public void Log(string message) => answer("Log", [message]);

    public void LogLine(string message) => answer("LogLine", [message]);

    public void Log(string level, string message) => answer("Log", [level, message]);

    public void Log(string level, string message, params object[] args) => answer("Log", [level, message, args]);

    public void Log(string level, Exception exception, string message, params object[] args) => answer("Log", [level, exception, message, args]);
}
