using System.Globalization;
using Pilotlight.Functions;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>Who applies <c>AWS_LAMBDA_EXEC_WRAPPER</c>.</summary>
public enum ExecWrapper
{
    NotApplied,
    AppliedByPlatform,

    /// <summary>The runtime client's own bootstrap script does it.</summary>
    AppliedByBootstrap,
}

/// <summary>How one function version is started: what the sandbox must show, and the program to execute in it.</summary>
public sealed record RuntimeLaunch
{
    static readonly IReadOnlyDictionary<string, string> s_none = new Dictionary<string, string>();

    public required IReadOnlyList<SandboxMount> Mounts { get; init; }
    public required IReadOnlyDictionary<string, string> Links { get; init; }

    /// <summary>Program and arguments, by paths inside.</summary>
    public required Func<ISandbox, IReadOnlyList<string>> Command { get; init; }

    /// <summary>What AWS calls the version of the runtime in INIT_START, such as <c>python:3.11.v1</c>.</summary>
    public required string RuntimeVersion { get; init; }

    /// <summary>Variables only this runtime has.</summary>
    public required Func<ISandbox, IReadOnlyDictionary<string, string>> Variables { get; init; }

    /// <summary>Who puts <c>AWS_LAMBDA_EXEC_WRAPPER</c> before the command.</summary>
    public required ExecWrapper Wrapper { get; init; }

    /// <summary>
    /// What the command depends on beside the mounts, when the runtime's client can be started ahead of need and wait for its function;
    /// null when it cannot.
    /// </summary>
    public string? StemKey { get; init; }

    /// <summary>What a start ahead of need is told by variables, beside what every function of the runtime gets; nothing of one function.</summary>
    public IReadOnlyDictionary<string, string> StemVariables { get; init; } = s_none;

    /// <summary><c>provided.*</c>: no interpreter, and no variables that speak of one.</summary>
    public bool IsProvided { get; init; }

    /// <summary>The launch of a version, or the reason (for operators and the caller) why this machine cannot run it.</summary>
    public static (RuntimeLaunch? Launch, string? Problem) Of(FunctionVersion version, RuntimeCatalog catalog, RuntimesOptions options, FunctionFolders folders)
    {
        if (catalog.Find(version.Runtime) is not { } match)
            return (null, $"Runtime {version.Runtime} is not known.");
        if (match.Language == RuntimeLanguage.Provided)
            return (Provided(folders), null);
        if (match.Interpreter is not { } interpreter)
            return (null, $"No {match.Language} is installed on this machine, so {version.Runtime} cannot run. See 'pilotlight runtime list'.");
        if (options.Strict && !match.IsExact)
            return (null, $"{version.Runtime} is not installed on this machine (Runtimes:Strict is on). See 'pilotlight runtime list'.");
        var client = Path.Combine(options.Folder, FolderOf(match.Language));
        if (!Directory.Exists(client))
            return (null, $"The {match.Language} runtime client was not built ({client}). Run ./pilotlight again with {match.Language} installed.");
        return (match.Language switch
        {
            RuntimeLanguage.Python => Python(interpreter, folders, client, version),
            RuntimeLanguage.Node => Node(interpreter, folders, client, version),
            RuntimeLanguage.Ruby => Ruby(interpreter, folders, client),
            RuntimeLanguage.Java => Java(interpreter, folders, client, version),
            _ => DotNet(interpreter, folders, client, version),
        }, null);
    }

    public static string FolderOf(RuntimeLanguage language) => language switch
    {
        RuntimeLanguage.Node => "nodejs",
        RuntimeLanguage.DotNet => "dotnet",
        _ => language.ToString().ToLowerInvariant(),
    };

    static RuntimeLaunch Provided(FunctionFolders folders) => new()
    {
        Mounts = folders.Mounts,
        Links = s_none,
        Command = sandbox =>
        {
            foreach (var candidate in new[] { "/var/task/bootstrap", "/opt/bootstrap" })
            {
                if (File.Exists(folders.OnHost(candidate)))
                    return [sandbox.PathInside(candidate)];
            }

            throw new SandboxExecException("/var/task/bootstrap", 2, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
        },
        RuntimeVersion = "provided:al2023.v1",
        Variables = _ => s_none,
        Wrapper = ExecWrapper.NotApplied,
        IsProvided = true,
    };

    static RuntimeLaunch Python(Interpreter python, FunctionFolders folders, string client, FunctionVersion version)
    {
        var name = $"python{python.Version.Major}.{python.Version.Minor}";
        var launch = Interpreted(python, folders, client, $"python:{python.Version}.v1", [name, "python3", "python"],
            sandbox => [Executable(sandbox, python, name), .. PythonFlags, sandbox.PathInside("/var/runtime/bootstrap.py")],
            sandbox => new Dictionary<string, string>
            {
                ["PYTHONPATH"] = sandbox.PathInside("/var/runtime"),
                ["LC_CTYPE"] = "C.UTF-8",
            });
        return launch with { StemKey = name };
    }

    // The client makes its own search path, without this machine's packages; and nothing is written beside the code.
    static readonly string[] PythonFlags = ["-S", "-B", "-X", "utf8"];

    static RuntimeLaunch Node(Interpreter node, FunctionFolders folders, string client, FunctionVersion version)
    {
        var launch = Interpreted(node, folders, client, $"nodejs:{node.Version.Major}.v1", ["node"],
            sandbox => [Executable(sandbox, node, "node"), .. NodeFlags(node.Version, version), sandbox.PathInside("/var/runtime/index.cjs")],
            sandbox => new Dictionary<string, string>
            {
                ["NODE_PATH"] = string.Join(':', sandbox.PathInside($"/opt/nodejs/node{node.Version.Major}/node_modules"), sandbox.PathInside("/opt/nodejs/node_modules"),
                    sandbox.PathInside("/var/runtime/node_modules"), sandbox.PathInside("/var/runtime"), sandbox.PathInside("/var/task")),
            });
        // `import` looks in the folders above a file, never in NODE_PATH.
        return launch with
        {
            Links = new Dictionary<string, string>(launch.Links) { ["/var/node_modules"] = "/var/runtime/node_modules" },
            // The size of its heap is a flag.
            StemKey = string.Join(' ', NodeFlags(node.Version, version)),
        };
    }

    static IEnumerable<string> NodeFlags(Version node, FunctionVersion function)
    {
        // Where Node has them on by default but calls them experimental, AWS turns them off.
        if (node.Major == 22 || (node.Major == 20 && node.Minor >= 17))
        {
            yield return "--no-experimental-require-module";
            yield return "--no-experimental-detect-module";
        }

        // Node's own choice is twice the memory of a 128 MB function, so it would be killed before it collected.
        if (function.Environment?.GetValueOrDefault("NODE_OPTIONS")?.Replace('_', '-').Contains("--max-old-space-size", StringComparison.Ordinal) is not true)
            yield return $"--max-old-space-size={function.MemoryMegabytes * 9 / 10}";
    }

    static RuntimeLaunch Ruby(Interpreter ruby, FunctionFolders folders, string client)
    {
        var series = $"{ruby.Version.Major}.{ruby.Version.Minor}.0";
        var launch = Interpreted(ruby, folders, client, $"ruby:{ruby.Version}.v1", ["ruby"],
            sandbox => [Executable(sandbox, ruby, "ruby"), "--disable-gems", sandbox.PathInside("/var/runtime/bootstrap.rb")],
            sandbox => new Dictionary<string, string>
            {
                ["GEM_HOME"] = sandbox.PathInside("/var/runtime"),
                ["GEM_PATH"] = string.Join(':', sandbox.PathInside("/var/task/vendor/bundle/ruby/") + series, sandbox.PathInside("/opt/ruby/gems/") + series,
                    sandbox.PathInside("/var/runtime"), sandbox.PathInside("/var/runtime/ruby/") + series),
                ["RUBYLIB"] = string.Join(':', sandbox.PathInside("/var/task"), sandbox.PathInside("/var/runtime/lib"), sandbox.PathInside("/opt/ruby/lib")),
            });
        return launch with { StemKey = series };
    }

    static RuntimeLaunch Java(Interpreter java, FunctionFolders folders, string client, FunctionVersion version)
    {
        var launch = Interpreted(java, folders, client, $"java:{java.Version.Major}.v1", ["java"],
            sandbox => [sandbox.PathInside("/var/runtime/bootstrap")], _ => s_none, ExecWrapper.AppliedByBootstrap);
        // Built where there is a C compiler: Java itself cannot change the variables of its process.
        return File.Exists(Path.Combine(client, "libpilotlight-stem.so")) ? launch.WithStem(new Dictionary<string, string>
        {
            // The size of its heap is a flag, and so is what its age allows.
            ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = version.MemoryMegabytes.ToString(CultureInfo.InvariantCulture),
            ["AWS_EXECUTION_ENV"] = $"AWS_Lambda_{version.Runtime}",
            ["PILOTLIGHT_JAVA"] = java.Version.Major.ToString(CultureInfo.InvariantCulture),
        }) : launch;
    }

    static RuntimeLaunch DotNet(Interpreter dotnet, FunctionFolders folders, string client, FunctionVersion version)
    {
        var launch = Interpreted(dotnet, folders, client, $"dotnet:{dotnet.Version.Major}.v1", ["dotnet"],
            sandbox => [sandbox.PathInside("/var/runtime/bootstrap")],
            _ => new Dictionary<string, string>
            {
                ["DOTNET_ROOT"] = Path.GetDirectoryName(dotnet.Path)!,
                ["LAMBDA_RUNTIME_NAME"] = version.Runtime,
            }, ExecWrapper.AppliedByBootstrap);
        // An executable brings its own client; a class library runs under ours, in the framework that its runtime stands for.
        var isLibrary = version.Handler.Contains("::", StringComparison.Ordinal) && File.Exists(Path.Combine(client, $"stem.{version.Runtime}.json"));
        return isLibrary ? launch.WithStem(new Dictionary<string, string> { ["LAMBDA_RUNTIME_NAME"] = version.Runtime }) : launch;
    }

    RuntimeLaunch WithStem(Dictionary<string, string> variables) => this with { StemVariables = variables, StemKey = string.Join(' ', variables.Values) };

    static RuntimeLaunch Interpreted(
        Interpreter interpreter, FunctionFolders folders, string client, string runtimeVersion, string[] names,
        Func<ISandbox, IReadOnlyList<string>> command, Func<ISandbox, IReadOnlyDictionary<string, string>> variables,
        ExecWrapper wrapper = ExecWrapper.AppliedByPlatform)
    {
        List<SandboxMount> mounts = [.. folders.Mounts, new(client, "/var/runtime")];
        if (interpreter.Folder is { } folder)
            mounts.Add(new SandboxMount(folder, folder));
        return new RuntimeLaunch
        {
            Mounts = mounts,
            Links = names.ToDictionary(name => $"/var/lang/bin/{name}", _ => interpreter.Path),
            Command = command,
            RuntimeVersion = runtimeVersion,
            Variables = variables,
            Wrapper = wrapper,
        };
    }

    /// <summary>The interpreter as AWS names it, or by its real path where the sandbox has no file system of its own.</summary>
    static string Executable(ISandbox sandbox, Interpreter interpreter, string name)
    {
        var path = $"/var/lang/bin/{name}";
        return sandbox.PathInside("/var/task") == "/var/task" ? path : interpreter.Path;
    }
}

/// <summary>The folders of this machine that a function's code sees: its own, and that of its layers if it has any.</summary>
public sealed record FunctionFolders(string Code, string? Layers)
{
    public IReadOnlyList<SandboxMount> Mounts { get; } =
        Layers is null ? [new SandboxMount(Code, "/var/task")] : [new SandboxMount(Code, "/var/task"), new SandboxMount(Layers, "/opt")];

    /// <summary>Where on this machine a file below <c>/var/task</c> or <c>/opt</c> lies; null when nothing is mounted there.</summary>
    public string? OnHost(string path) => Mounts.FirstOrDefault(mount => path.StartsWith(mount.Target + "/", StringComparison.Ordinal)) is { } mount
        ? mount.Source + path[mount.Target.Length..]
        : null;
}
