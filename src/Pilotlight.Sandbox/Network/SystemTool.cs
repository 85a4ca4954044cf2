using System.Diagnostics;

namespace Pilotlight.Sandbox;

/// <summary>Runs a tool of the system to its end. For what is done once, never for what is done for each sandbox.</summary>
static class SystemTool
{
    static readonly string[] Folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

    /// <summary>Where a tool is, or null. The system's own folders only: a path from the environment is not to be trusted by root.</summary>
    internal static string? Find(string name) =>
        Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a tool and gives what it wrote to standard output.</summary>
    /// <exception cref="SandboxException">It ended with another code than 0; the message has what it said.</exception>
    internal static async Task<string> RunAsync(string path, IEnumerable<string> arguments, string input, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await WriteAsync(process.StandardInput, input, cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0
                ? await output
                : throw new SandboxException($"{Path.GetFileName(path)} failed with {process.ExitCode}: {(await error).Trim()}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    static async Task WriteAsync(StreamWriter writer, string input, CancellationToken cancellation)
    {
        try
        {
            await writer.WriteAsync(input.AsMemory(), cancellation);
            writer.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it; its exit code tells why.
        }
    }
}
