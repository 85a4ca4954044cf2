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
        string runtimeApi, string platformEndpoint, string logGroup, string logStream)
    {
        var isProvided = launch.IsProvided;
        var variables = new Dictionary<string, string>
        {
            ["TZ"] = ":UTC",
            ["LANG"] = "en_US.UTF-8",
            ["PATH"] = (isProvided ? "" : "/var/lang/bin:") + "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            ["LD_LIBRARY_PATH"] = (isProvided ? "" : "/var/lang/lib:")
                + "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
            ["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR",
            ["AWS_XRAY_DAEMON_ADDRESS"] = "169.254.100.1:2000",
            ["AWS_ENDPOINT_URL"] = platformEndpoint,
        };
        foreach (var (name, value) in launch.Variables(sandbox))
            variables[name] = value;
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
        variables["AWS_LAMBDA_LOG_GROUP_NAME"] = logGroup;
        variables["AWS_LAMBDA_LOG_STREAM_NAME"] = logStream;
        variables["LAMBDA_TASK_ROOT"] = sandbox.PathInside("/var/task");
        variables["LAMBDA_RUNTIME_DIR"] = sandbox.PathInside("/var/runtime");
        variables["AWS_REGION"] = version.Region;
        variables["AWS_DEFAULT_REGION"] = version.Region;
        variables["AWS_LAMBDA_FUNCTION_NAME"] = version.Name;
        variables["AWS_LAMBDA_FUNCTION_VERSION"] = version.Version;
        variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = version.MemoryMegabytes.ToString(CultureInfo.InvariantCulture);
        variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
        variables["AWS_LAMBDA_RUNTIME_API"] = runtimeApi;
        variables["_AWS_XRAY_DAEMON_ADDRESS"] = "169.254.100.1";
        variables["_AWS_XRAY_DAEMON_PORT"] = "2000";
        if (!isProvided)
            variables["_LAMBDA_TELEMETRY_LOG_FD"] = ISandbox.TelemetryDescriptor.ToString(CultureInfo.InvariantCulture);
        variables["PWD"] = sandbox.PathInside("/var/task");
        variables["SHLVL"] = "0";
        return variables;
    }
}
