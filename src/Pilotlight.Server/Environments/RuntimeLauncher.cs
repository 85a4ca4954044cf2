using System.Collections.Concurrent;
using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Environments;

/// <summary>Finds how a version is launched here, and says once when another version of its language stands in.</summary>
sealed partial class RuntimeLauncher(RuntimeCatalog catalog, RuntimesOptions options, ILogger<RuntimeLauncher> log)
{
    readonly ConcurrentDictionary<string, bool> _warned = new();

    /// <exception cref="AwsException">InvalidRuntimeException: nothing on this machine can run it.</exception>
    public RuntimeLaunch Of(FunctionVersion version, FunctionFolders folders)
    {
        var (launch, problem) = RuntimeLaunch.Of(version, catalog, options, folders);
        if (launch is null)
            throw new AwsError(502, "InvalidRuntimeException", problem!).AsException();
        if (catalog.Find(version.Runtime) is { IsExact: false, Interpreter: { } other } && _warned.TryAdd(version.Runtime, true))
            StandsIn(version.Runtime, other.Language, other.Version);
        return launch;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Identifier} is not installed on this machine; {Language} {Version} stands in (set Runtimes:Strict to refuse)")]
    partial void StandsIn(string identifier, RuntimeLanguage language, Version version);
}
