using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pilotlight.Load;

/// <summary>
/// The other peer: workerd from npm, which serves a JavaScript echo over plain HTTP. It isolates workers by V8 alone, in one process: no
/// sandbox of the kernel, no signature, no log, no Lambda API. Its workers come to exist when its process starts, so that start is its cold start.
/// </summary>
sealed class Workerd : IAsyncDisposable
{
    readonly Process _process;

    Workerd(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    static string Folder => Path.Combine(Repository.Root, "bench", "peers", "workerd");

    static string Program => Path.Combine(
        Folder, "node_modules", "@cloudflare", RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "workerd-linux-arm64" : "workerd-linux-64", "bin", "workerd");

    /// <summary>Whether it is here, or could be installed.</summary>
    public static async Task<bool> IsHereAsync()
    {
        if (!File.Exists(Program))
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund"]) { WorkingDirectory = Folder, RedirectStandardOutput = true });
            await npm!.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
        }

        if (!File.Exists(Program))
            Console.Error.WriteLine("peer: workerd could not be installed from npm");
        return File.Exists(Program);
    }

    /// <summary>Returns once it takes connections; this waits without a pause, because its start is what is measured.</summary>
    public static Workerd Start()
    {
        var port = Product.FreePort();
        var process = Process.Start(new ProcessStartInfo(Program, ["serve", "config.capnp", "--socket-addr", $"http=127.0.0.1:{port}"]) { WorkingDirectory = Folder })!;
        while (!process.HasExited)
        {
            try
            {
                new RawClient(port).Dispose();
                return new Workerd(process, port);
            }
            catch (SocketException)
            {
                Thread.Sleep(1);
            }
        }

        throw new InvalidOperationException("workerd did not start.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
