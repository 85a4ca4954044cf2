using System.Diagnostics;

namespace Pilotlight.Load;

/// <summary>The peer: serverless-offline from npm, serving the same Python echo over its own Lambda endpoint.</summary>
sealed class ServerlessOffline : IAsyncDisposable
{
    public const string Function = "peer-dev-echo";

    readonly Process _process;

    ServerlessOffline(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Null, with a word on standard error, when it cannot be had here.</summary>
    public static async Task<ServerlessOffline?> TryStartAsync()
    {
        var folder = Path.Combine(Repository.Root, "bench", "peers", "serverless-offline");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund"]) { WorkingDirectory = folder, RedirectStandardOutput = true });
            await npm!.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0)
            {
                Console.Error.WriteLine("peer: serverless-offline could not be installed from npm");
                return null;
            }
        }

        const int port = 13002;
        var start = new ProcessStartInfo(Path.Combine(folder, "node_modules", ".bin", "serverless"),
            ["offline", "start", "--lambdaPort", $"{port}", "--httpPort", "13000", "--reloadHandler", "false"])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["SLS_TELEMETRY_DISABLED"] = "1";
        start.Environment["SLS_NOTIFICATIONS_MODE"] = "off";
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, line) => Debug.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var attempt = 0; attempt < 300 && !process.HasExited; attempt++)
        {
            try
            {
                using var client = new RawClient(port);
                return new ServerlessOffline(process, port);
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(100);
            }
        }

        Console.Error.WriteLine("peer: serverless-offline did not start");
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
