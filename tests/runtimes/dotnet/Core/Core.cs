// Pilotlight: the shape of AWS's Amazon.Lambda.Core, written for these tests. Not the library itself.
// Built three times: as it is, as it was years ago (OLD), and with members that the client cannot know (NEWER).
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
#if !OLD
    string TraceId => "default";
    string TenantId => "default";
#endif
#if NEWER
    string NewerWithDefault => "default";
    int NewerWithout { get; }
#endif
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

#if !OLD
public enum LogLevel { Trace, Debug, Information, Warning, Error, Critical }
#endif

public interface ILambdaLogger
{
    void Log(string message);
    void LogLine(string message);
#if !OLD
    void Log(string level, string message) => LogLine(message);
    void Log(LogLevel level, string message) => Log(level.ToString(), message);
    void LogWarning(string message) => Log(nameof(LogLevel.Warning), message);
    void LogDebug(string message) => Log(nameof(LogLevel.Debug), message);
    void Log(string level, string message, params object[] args) => Log(level, message);
    void Log(string level, Exception exception, string message, params object[] args) => Log(level, message);
    void LogInformation(string message, params object[] args) => Log(nameof(LogLevel.Information), message, args);
    void LogError(Exception exception, string message, params object[] args) => Log(nameof(LogLevel.Error), exception, message, args);
#endif
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
#if !OLD
    static Action<string, string, object[]>? _loggingWithLevelAction;
#endif
#pragma warning restore

    public static void Log(string message) => _loggingAction(message);

#if !OLD
    public static void Log(string level, string message, params object[] args) => _loggingWithLevelAction!(level, message, args);
#endif
}
