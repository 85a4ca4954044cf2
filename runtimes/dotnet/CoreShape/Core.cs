// Pilotlight: the shape of AWS's Amazon.Lambda.Core, as far as Known needs it. Not the library itself.
namespace Amazon.Lambda.Core;

public interface ILambdaContext
{
    string AwsRequestId { get; }
    IClientContext ClientContext { get; }
    string FunctionName { get; }
    string FunctionVersion { get; }
    ICognitoIdentity Identity { get; }
    string InvokedFunctionArn { get; }
    ILambdaLogger Logger { get; }
    string LogGroupName { get; }
    string LogStreamName { get; }
    int MemoryLimitInMB { get; }
    TimeSpan RemainingTime { get; }
    string TraceId => string.Empty;
    string TenantId => string.Empty;
}

public interface IClientContext;

public interface ICognitoIdentity;

public interface ILambdaLogger
{
    void Log(string message);
    void LogLine(string message);
    void Log(string level, string message) => LogLine(message);
    void Log(string level, string message, params object[] args) => Log(level, message);
    void Log(string level, Exception exception, string message, params object[] args) => Log(level, message);
}
