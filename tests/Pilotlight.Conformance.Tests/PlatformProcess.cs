using System.Diagnostics;
using System.Text.RegularExpressions;
using Pilotlight.Testing;

namespace Pilotlight.Tests;

/// <summary>The platform as a process of its own, as a user starts it.</summary>
sealed partial class PlatformProcess : IDisposable
{
    readonly Process _process;

    PlatformProcess(Process process, Uri endpoint) => (_process, Endpoint) = (process, endpoint);

    public Uri Endpoint { get; }

    public SignedClient Client => new(Endpoint);

    /// <param name="port">0 for any free port.</param>
    /// <param name="state">What it keeps under <c>/run</c>: a folder of its own, so that other instances neither clear it nor are taken for it.</param>
    public static async Task<PlatformProcess> StartAsync(int port, string data, string state, params (string Name, string Value)[] settings)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "Pilotlight.Server", configuration, "Pilotlight.Server.dll");
        var start = new ProcessStartInfo("dotnet", [program, "up", "--port", $"{port}", "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PILOTLIGHT__Sandbox__StateFolder"] = state;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (ReadyLine().Match(line) is { Success: true } ready)
                return new PlatformProcess(process, new Uri(ready.Groups[1].Value));
        }

        throw new InvalidOperationException($"The platform did not start: {await errors}");
    }

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary><c>SIGTERM</c>, and all that follows.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    [GeneratedRegex("^ready (http://[^ ]+)")]
    private static partial Regex ReadyLine();
}
