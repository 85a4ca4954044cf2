using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox.Tests;

/// <summary>A sandbox, and the running of small programs in it.</summary>
public sealed class Inside(ISandbox sandbox) : IAsyncDisposable
{
    public ISandbox Sandbox => sandbox;

    static string Python { get; } =
        new[] { "/usr/bin/python3.11", "/usr/bin/python3" }.FirstOrDefault(File.Exists) ?? "";

    public Task<SandboxProcess> StartAsync(string path, params string[] arguments) => sandbox.StartAsync(
        new()
        {
            Path = path,
            Arguments = [path, .. arguments],
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HERE"] = "ä b" },
            WorkingDirectory = "/",
        },
        TestContext.Current.CancellationToken);

    public Task<SandboxProcess> StartShellAsync(string script) => StartAsync("/bin/sh", "-c", script);

    public Task<SandboxProcess> StartPythonAsync(string script)
    {
        if (Python.Length == 0)
            Assert.Skip("no Python at /usr/bin");
        return StartAsync(Python, "-S", "-c", script);
    }

    /// <summary>Runs to the end; what it wrote must fit into a pipe.</summary>
    public async Task<string> ShellAsync(string script) => await FinishAsync(await StartShellAsync(script));

    public async Task<string> PythonAsync(string script) => await FinishAsync(await StartPythonAsync(script));

    async Task<string> FinishAsync(SandboxProcess process)
    {
        await process.Exited.WaitAsync(TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(Drain(sandbox.Output)).Trim();
    }

    /// <summary>What is in a non-blocking pipe now.</summary>
    public static unsafe byte[] Drain(SafeFileHandle pipe)
    {
        var all = new MemoryStream();
        var buffer = new byte[65536];
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = Posix.read((int)pipe.DangerousGetHandle(), start, (nuint)buffer.Length)) > 0)
                all.Write(buffer, 0, (int)count);
        }
        return all.ToArray();
    }

    /// <summary>Everything that comes through a pipe until <paramref name="marker"/> has.</summary>
    public static async Task<string> ReadUntilAsync(SafeFileHandle pipe, string marker)
    {
        var text = "";
        while (!text.Contains(marker, StringComparison.Ordinal))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            text += Encoding.UTF8.GetString(Drain(pipe));
            await Task.Yield();
        }
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await sandbox.DisposeAsync();
        sandbox.Output.Dispose();
        sandbox.Telemetry.Dispose();
        sandbox.AsideOutput.Dispose();
    }
}
