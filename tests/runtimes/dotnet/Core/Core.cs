// Pilotlight: the shape of AWS's Amazon.Lambda.Core, written for these tests. Not the library itself.
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
    string TraceId => "default";
    string TenantId => "default";
    string NewerWithDefault => "default";
    int NewerWithout { get; }
}

public interface IClientContext
{
    IDictionary<string, string> Environment { get; }
    IClientApplication Client { get; }
    IDictionary<string, string> Custom { get; }
}

public interface IClientApplication
{
    string AppPackageName { get; }
    string AppTitle { get; }
    string AppVersionCode { get; }
    string AppVersionName { get; }
    string InstallationId { get; }
}

public interface ICognitoIdentity
{
    string IdentityId { get; }
    string IdentityPoolId { get; }
}

public enum LogLevel { Trace, Debug, Information, Warning, Error, Critical }

public interface ILambdaLogger
{
    void Log(string message);
    void LogLine(string message);
    void Log(string level, string message) => LogLine(message);
    void Log(LogLevel level, string message) => Log(level.ToString(), message);
    void LogWarning(string message) => Log(nameof(LogLevel.Warning), message);
    void LogDebug(string message) => Log(nameof(LogLevel.Debug), message);
    void Log(string level, string message, params object[] args) => Log(level, message);
    void Log(string level, Exception exception, string message, params object[] args) => Log(level, message);
    void LogInformation(string message, params object[] args) => Log(nameof(LogLevel.Information), message, args);
    void LogError(Exception exception, string message, params object[] args) => Log(nameof(LogLevel.Error), exception, message, args);
}

public interface ILambdaSerializer
{
    T Deserialize<T>(Stream requestStream);
    void Serialize<T>(T response, Stream responseStream);
}

[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Method)]
public sealed class LambdaSerializerAttribute(Type serializerType) : Attribute
{
    public Type SerializerType { get; set; } = serializerType;
}

public static class LambdaLogger
{
#pragma warning disable CS0649, CS0169, IDE0044, IDE0051 // filled by the runtime, under these names
    static Action<string> _loggingAction = Console.WriteLine;
    static Action<string, string, object[]>? _loggingWithLevelAction;
#pragma warning restore

    public static void Log(string message) => _loggingAction(message);

    public static void Log(string level, string message, params object[] args) => _loggingWithLevelAction!(level, message, args);
}
