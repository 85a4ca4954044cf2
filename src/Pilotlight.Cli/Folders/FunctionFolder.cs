using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

/// <param name="Settings">Members of CreateFunction, all but <c>Code</c>.</param>
sealed record FunctionPackage(string Name, JsonObject Settings, byte[] Zip);

/// <summary>From a folder on disk to a function that can be created: built where it says how, its settings told, packed.</summary>
static class FunctionFolder
{
    public static async Task<FunctionPackage> OpenAsync(
        string folder, SettingFlags flags, string? name, IReadOnlyList<RuntimeOffer> offers, Terminal terminal, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder))
            throw CliException.Usage($"there is no folder '{folder}'");
        var settings = FunctionSettings.Apply(FunctionSettings.ReadFile(folder), flags);
        if (name is not null)
            settings["FunctionName"] = name;

        var build = Path.Combine(folder, "build");
        if (!IsExecutable(build))
            return Pack(folder);

        var output = Directory.CreateTempSubdirectory("pilotlight-build-").FullName;
        try
        {
            await BuildAsync(build, output, terminal, cancellation);
            return Pack(output);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }

        FunctionPackage Pack(string code)
        {
            foreach (var (member, value) in code == folder ? [] : FunctionSettings.ReadFile(code))
                settings[member] ??= value?.DeepClone();
            FunctionSettings.Complete(settings, code, FunctionSettings.NameFrom(folder), offers);
            return new FunctionPackage(settings["FunctionName"]!.ToString(), settings, FolderPackage.Pack(code));
        }
    }

    static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    /// <summary>What the script prints is for people, so it goes to standard error, and only when the build fails.</summary>
    static async Task BuildAsync(string script, string output, Terminal terminal, CancellationToken cancellation)
    {
        using var progress = terminal.Progress($"building {Path.GetDirectoryName(script)}");
        var start = new ProcessStartInfo(Path.GetFullPath(script), [output])
        {
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(script)),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var (standardOutput, standardError) = (
                process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            var told = await standardOutput + await standardError;
            if (process.ExitCode == 3)
                throw new CliException(ExitCode.Refused, $"{script}: what it needs is not on this machine: {told.Trim()}");
            if (process.ExitCode != 0)
                throw new CliException(ExitCode.Refused, $"{script} failed with exit code {process.ExitCode}", told.TrimEnd());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception refused)
        {
            throw CliException.Usage($"{start.FileName} could not be started: {refused.Message}");
        }
    }
}
