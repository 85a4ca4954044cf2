using System.Globalization;
using System.Text.Json;

namespace Pilotlight.RuntimeSupport;

/// <summary>A start ahead of need: does once what every function's start does, then waits to be told which function this is.</summary>
static class Stem
{
    const string HeapLimit = "DOTNET_GCHeapHardLimit";

    /// <summary>What the bootstrap has chosen for every function, and a plain start's function would see.</summary>
    static readonly string[] s_ofBootstrap = ["DOTNET_TieredPGO", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"];

    /// <summary>Comes back with the function's variables in place, or not at all: a function that is started otherwise gets a plain start.</summary>
    public static void Await(RuntimeApi api)
    {
        WarmUp.Run();
        using var assignment = JsonDocument.Parse(api.Get("/_pilotlight/assignment"));
        var variables = new Dictionary<string, string>();
        foreach (var variable in assignment.RootElement.GetProperty("variables").EnumerateObject()) variables[variable.Name] = variable.Value.GetString()!;
        var folder = variables["LAMBDA_TASK_ROOT"];
        if (FunctionFiles.TryRead(folder, variables["_HANDLER"]) is not { } files)
        {
            Become(variables, folder);
            Libc.Execute(Path.Combine(variables["LAMBDA_RUNTIME_DIR"], "bootstrap"));
            return;
        }
        foreach (var name in s_ofBootstrap)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) variables.TryAdd(name, value);
        }
        LimitHeap(variables);
        Become(variables, folder);
        files.Offer();
    }

    static void Become(Dictionary<string, string> variables, string folder)
    {
        // The process's own, which native code and programs that it starts see, and then the copy that this runtime may have made.
        Libc.SetVariables(variables);
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (!variables.ContainsKey(name)) Environment.SetEnvironmentVariable(name, null);
        }
        foreach (var (name, value) in variables) Environment.SetEnvironmentVariable(name, value);
        // The folder in which this process started lies below the function's code now.
        Directory.SetCurrentDirectory(folder);
    }

    /// <summary>What the bootstrap does by a variable at a plain start.</summary>
    static void LimitHeap(Dictionary<string, string> variables)
    {
        if (!long.TryParse(variables.GetValueOrDefault("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), CultureInfo.InvariantCulture, out var megabytes) || megabytes <= 0) return;
        var bytes = (ulong)megabytes * 1024 * 1024 / 100 * 85;
        variables[HeapLimit] = bytes.ToString("x", CultureInfo.InvariantCulture);
        AppContext.SetData("GCHeapHardLimit", bytes);
        GC.RefreshMemoryLimit();
    }
}
