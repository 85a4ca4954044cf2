using System.Globalization;
using Pilotlight.Functions;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>Credentials of the execution role's session, as the function finds them.</summary>
public sealed record EnvironmentCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken);

/// <summary>The variables of the runtime's process (spec/runtime-api.md 6): the customer's, overlaid with what is AWS's.</summary>
static class EnvironmentVariables
{
    public static Dictionary<string, string> Compose(
        FunctionVersion version, RuntimeLaunch launch, ISandbox sandbox, EnvironmentCredentials credentials,
        string runtimeApi, string platformEndpoint, EnvironmentLogContext context)
    {
        var isProvided = launch.IsProvided;
        var variables = OfEveryFunction(launch, sandbox);
        variables["AWS_ENDPOINT_URL"] = platformEndpoint;
        if (version.Logging.Format == "JSON")
        {
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
            variables["AWS_LAMBDA_LOG_LEVEL"] = version.Logging.ApplicationLevel ?? "INFO";
        }

        if (sandbox.PathInside("/tmp") is not "/tmp" and var temporary)
            variables["TMPDIR"] = temporary;

        foreach (var (name, value) in version.Environment ?? new Dictionary<string, string>())
        {
            if (!name.StartsWith('_'))
                variables[name] = value;
        }

        variables["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId;
        variables["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey;
        variables["AWS_SESSION_TOKEN"] = credentials.SessionToken;
        variables["_HANDLER"] = version.Handler;
        if (!isProvided)
            variables["AWS_EXECUTION_ENV"] = $"AWS_Lambda_{version.Runtime}";
        variables["AWS_LAMBDA_LOG_GROUP_NAME"] = context.Group;
        variables["AWS_LAMBDA_LOG_STREAM_NAME"] = context.Stream;
        foreach (var (name, value) in OfEverySandbox(sandbox, runtimeApi, isProvided))
            variables[name] = value;
        variables["AWS_REGION"] = version.Region;
        variables["AWS_DEFAULT_REGION"] = version.Region;
        variables["AWS_LAMBDA_FUNCTION_NAME"] = version.Name;
        variables["AWS_LAMBDA_FUNCTION_VERSION"] = version.Version;
        variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = version.MemoryMegabytes.ToString(CultureInfo.InvariantCulture);
        variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = context.Initialization.Text;
        variables["_AWS_XRAY_DAEMON_ADDRESS"] = "169.254.100.1";
        variables["_AWS_XRAY_DAEMON_PORT"] = "2000";
        return variables;
    }

    /// <summary>What an external extension gets of a function's variables: not what is the runtime's own (spec/runtime-api.md 6.2).</summary>
    public static Dictionary<string, string> OfExtension(
        IReadOnlyDictionary<string, string> variables, FunctionVersion version, RuntimeLaunch launch, ISandbox sandbox)
    {
        var own = launch.Variables(sandbox);
        var result = new Dictionary<string, string>();
        foreach (var (name, value) in variables)
        {
            if (!name.StartsWith('_') && !HiddenFromExtensions.Contains(name) && (!own.ContainsKey(name) || version.Environment?.ContainsKey(name) is true))
                result[name] = value;
        }

        result["PWD"] = sandbox.PathInside("/");
        return result;
    }

    static readonly HashSet<string> HiddenFromExtensions =
    [
        "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
    ];

    /// <summary>What a process that is started ahead of need gets: nothing in it comes from a function.</summary>
    public static Dictionary<string, string> OfStem(RuntimeLaunch launch, ISandbox sandbox, string runtimeApi)
    {
        var variables = OfEveryFunction(launch, sandbox);
        foreach (var (name, value) in OfEverySandbox(sandbox, runtimeApi, launch.IsProvided))
            variables[name] = value;
        foreach (var (name, value) in launch.StemVariables)
            variables[name] = value;
        variables["PILOTLIGHT_STEM"] = "1";
        return variables;
    }

    /// <summary>Whether a function sets something that its runtime reads at its very start, so that no runtime can have started before.</summary>
    public static bool NeedsOwnStart(FunctionVersion version) =>
        version.Environment?.Keys.Any(static name => !Harmless.Contains(name) && ReadAtStart.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))) is true;

    static readonly string[] ReadAtStart =
    [
        "LD_", "GLIBC_", "MALLOC_", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "LC_", "LANG", "TZ", "PYTHON", "NODE_", "UV_", "OPENSSL_",
        "SSL_", "SSLKEYLOGFILE", "ICU_", "RUBY", "GEM_", "BUNDLE_", "JAVA_", "JDK_", "_JAVA", "CLASSPATH", "DOTNET_", "COMPLUS_", "CORECLR_",
        "LAMBDA_DOTNET", "AWS_LAMBDA_DOTNET", "AWS_LAMBDA_EXEC_WRAPPER",
    ];

    static readonly HashSet<string> Harmless = ["NODE_ENV"];

    static Dictionary<string, string> OfEveryFunction(RuntimeLaunch launch, ISandbox sandbox)
    {
        var variables = new Dictionary<string, string>
        {
            ["TZ"] = ":UTC",
            ["LANG"] = "en_US.UTF-8",
            ["PATH"] = (launch.IsProvided ? "" : "/var/lang/bin:") + "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            ["LD_LIBRARY_PATH"] = (launch.IsProvided ? "" : "/var/lang/lib:")
                + "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
            ["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR",
            ["AWS_XRAY_DAEMON_ADDRESS"] = "169.254.100.1:2000",
        };
        foreach (var (name, value) in launch.Variables(sandbox))
            variables[name] = value;
        return variables;
    }

    static IEnumerable<(string Name, string Value)> OfEverySandbox(ISandbox sandbox, string runtimeApi, bool isProvided)
    {
        yield return ("LAMBDA_TASK_ROOT", sandbox.PathInside("/var/task"));
        yield return ("LAMBDA_RUNTIME_DIR", sandbox.PathInside("/var/runtime"));
        yield return ("AWS_LAMBDA_RUNTIME_API", runtimeApi);
        if (!isProvided)
            yield return ("_LAMBDA_TELEMETRY_LOG_FD", ISandbox.TelemetryDescriptor.ToString(CultureInfo.InvariantCulture));
        yield return ("PWD", sandbox.PathInside("/var/task"));
        yield return ("SHLVL", "0");
    }
}
