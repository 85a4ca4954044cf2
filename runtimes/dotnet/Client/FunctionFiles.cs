using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;

namespace Pilotlight.RuntimeSupport;

/// <summary>
/// The assemblies of a function that came to a runtime which runs already. The host would have read these files before the runtime started;
/// what cannot be had any more without it (another framework, a newer part of the framework, the garbage collector's settings) is told by null.
/// </summary>
sealed class FunctionFiles
{
    const string Assemblies = "TRUSTED_PLATFORM_ASSEMBLIES", Dependencies = "APP_CONTEXT_DEPS_FILES";

    /// <summary>Read by the runtime when it starts, or by a part of the framework that may have been used already.</summary>
    static readonly string[] s_readAtStart = ["System.GC.", "System.Runtime.Tiered", "System.Globalization.", "System.Text.Json.", "System.Threading."];

    static readonly bool s_isInvariant = Environment.GetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT") is not null;

    /// <summary>Those of them that say what holds anyway; null is whatever they say, because a variable of the bootstrap's decides.</summary>
    static readonly Dictionary<string, string?> s_harmless = new()
    {
        ["System.GC.Concurrent"] = "true",
        ["System.GC.Server"] = "false",
        ["System.Globalization.Invariant"] = s_isInvariant ? null : "false",
        ["System.Globalization.PredefinedCulturesOnly"] = s_isInvariant ? "true" : "false",
        ["System.Runtime.TieredCompilation"] = "true",
        ["System.Runtime.TieredPGO"] = null,
        ["System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault"] = "true",
    };

    readonly Dictionary<string, string> _settings = [];
    readonly HashSet<string> _found = [];
    readonly string _folder;
    readonly string _dependencies;
    readonly AssemblyDependencyResolver _resolver;

    FunctionFiles(string folder, string name)
    {
        _folder = folder;
        _dependencies = Path.Combine(folder, name + ".deps.json");
        _resolver = new AssemblyDependencyResolver(Path.Combine(folder, name + ".dll"));
    }

    public static FunctionFiles? TryRead(string folder, string handler)
    {
        var colons = handler.IndexOf("::", StringComparison.Ordinal);
        if (colons < 0) return null;
        var name = handler[..colons].Trim();
        try
        {
            var config = File.ReadAllBytes(Path.Combine(folder, name + ".runtimeconfig.json"));
            var dependencies = File.ReadAllBytes(Path.Combine(folder, name + ".deps.json"));
            if (!File.Exists(Path.Combine(folder, name + ".dll")) || BringsCultures(folder)) return null;
            var files = new FunctionFiles(folder, name);
            return files.Configure(config) && files.Find(dependencies, folder) ? files : null;
        }
        // Missing or malformed: the bootstrap and the host say it in their words.
        catch (Exception unfit) when (unfit is IOException or UnauthorizedAccessException or ArgumentException or JsonException or InvalidOperationException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>Its own ICU, on a machine without: this runtime was started to do without cultures.</summary>
    static bool BringsCultures(string folder) => s_isInvariant && Directory.GetFiles(folder, "libicuuc.so.*").Length > 0;

    /// <summary>From here on the function's assemblies are found, and its settings hold.</summary>
    public void Offer()
    {
        foreach (var (name, value) in _settings) AppContext.SetData(name, value);
        // Where a function looks for its own files: AppContext.BaseDirectory.
        AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", _folder + Path.DirectorySeparatorChar);
        // The first is the program's own, that is ours, and not there.
        var dependencies = AppContext.GetData(Dependencies) as string ?? "";
        AppContext.SetData(Dependencies, $"{_dependencies}{dependencies[Math.Max(0, dependencies.IndexOf(';'))..]}");
        AppContext.SetData(Assemblies, $"{AppContext.GetData(Assemblies)}{Path.PathSeparator}{string.Join(Path.PathSeparator, _found)}");
        AssemblyLoadContext.Default.Resolving += (context, name) => _resolver.ResolveAssemblyToPath(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            _resolver.ResolveUnmanagedDllToPath(name) is { } path ? System.Runtime.InteropServices.NativeLibrary.Load(path) : 0;
    }

    /// <summary>Whether the running framework is the one that the host would have chosen, under settings that can still be made.</summary>
    bool Configure(byte[] config)
    {
        using var json = JsonDocument.Parse(config, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var hasFramework = false;
        foreach (var option in json.RootElement.GetProperty("runtimeOptions").EnumerateObject())
        {
            switch (option.Name)
            {
                case "tfm":
                    break;
                case "framework":
                    hasFramework = IsRunning(option.Value);
                    if (!hasFramework) return false;
                    break;
                case "frameworks":
                    hasFramework = option.Value.GetArrayLength() == 1 && IsRunning(option.Value[0]);
                    if (!hasFramework) return false;
                    break;
                case "configProperties":
                    foreach (var property in option.Value.EnumerateObject())
                    {
                        if (!Set(property.Name, property.Value.ToString())) return false;
                    }
                    break;
                default:
                    return false;
            }
        }
        return hasFramework;
    }

    /// <summary>The same major version as the one that this runtime was started for: from there the host goes the same way.</summary>
    static bool IsRunning(JsonElement framework)
    {
        var started = Environment.GetEnvironmentVariable("LAMBDA_RUNTIME_NAME")?.Replace("dotnet", "");
        return framework.GetProperty("name").GetString() == "Microsoft.NETCore.App"
            && framework.GetProperty("version").GetString() is { } version && version.StartsWith(started + ".0", StringComparison.Ordinal);
    }

    bool Set(string name, string value)
    {
        value = value is "True" or "False" ? value.ToLowerInvariant() : value;
        foreach (var prefix in s_readAtStart)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) return s_harmless.TryGetValue(name, out var harmless) && (harmless is null || harmless == value);
        }
        _settings[name] = value;
        return true;
    }

    /// <summary>Whether nothing that the function brings would have taken the place of a part of the framework.</summary>
    bool Find(byte[] dependencies, string folder)
    {
        using var json = JsonDocument.Parse(dependencies, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var root = json.RootElement;
        var target = root.GetProperty("runtimeTarget");
        var name = target.ValueKind == JsonValueKind.String ? target.GetString()! : target.GetProperty("name").GetString()!;
        foreach (var library in root.GetProperty("targets").GetProperty(name).EnumerateObject())
        {
            foreach (var kind in (ReadOnlySpan<string>)["runtime", "runtimeTargets"])
            {
                if (!library.Value.TryGetProperty(kind, out var assets)) continue;
                foreach (var asset in assets.EnumerateObject())
                {
                    var file = Path.GetFileName(asset.Name);
                    if (!file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) continue;
                    if (Framework.Find(file) is { } ours)
                    {
                        if (!IsOlder(asset.Value, ours)) return false;
                    }
                    else if (kind == "runtime") _found.Add(Path.Combine(folder, file));
                }
            }
        }
        return true;
    }

    static bool IsOlder(JsonElement asset, string ours) =>
        asset.TryGetProperty("assemblyVersion", out var text) && Version.TryParse(text.GetString(), out var version)
        && version < AssemblyName.GetAssemblyName(ours).Version;

    /// <summary>The assemblies that this runtime was started with.</summary>
    public static class Framework
    {
        static readonly Dictionary<string, string> s_files = Read();

        /// <summary>Where the one with this file name lies, or null.</summary>
        public static string? Find(string file) => s_files.GetValueOrDefault(file);

        static Dictionary<string, string> Read()
        {
            var files = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var path in (AppContext.GetData(Assemblies) as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                files[Path.GetFileName(path)] = path;
            return files;
        }
    }
}
