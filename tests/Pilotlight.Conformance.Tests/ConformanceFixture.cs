using System.Diagnostics;
using Pilotlight.Testing;

[assembly: AssemblyFixture(typeof(Pilotlight.Tests.ConformanceFixture))]

namespace Pilotlight.Tests;

/// <summary>One platform with the machine's real sandbox driver, for every conformance test.</summary>
public sealed class ConformanceFixture : IAsyncLifetime
{
    readonly SigningPublisher _publisher = new();

    public PilotlightServer? Server { get; private set; }

    /// <summary>Why there is none, to be printed by every test that is skipped for it.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var artifacts = Path.Combine(Repository.Root, "artifacts");
        foreach (var (variable, path) in new[] { ("PILOTLIGHT_GUEST", Path.Combine(artifacts, "guest", "pilotlight-guest")), ("PILOTLIGHT_RUNTIMES", Path.Combine(artifacts, "runtimes")) })
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 })
                continue;
            if (!Path.Exists(path))
            {
                Missing = $"{path} is not built: run ./pilotlight test";
                return;
            }

            Environment.SetEnvironmentVariable(variable, path);
        }

        Server = await PilotlightServer.StartAsync(configure: options => options.CodeSigning.Publishers.Add(
            new() { CertificateFile = _publisher.RootFile, Profiles = ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/conformance/*"] }));
    }

    public async ValueTask DisposeAsync()
    {
        _publisher.Dispose();
        if (Server is not null)
            await Server.DisposeAsync();
    }

    /// <summary>Runs one case of a suite as a process of its own, against the platform.</summary>
    public async Task RunAsync(string program, string suite, string test, CancellationToken cancellation)
    {
        if (Server is null)
            Assert.Skip(Missing!);
        var start = new ProcessStartInfo(program, [suite, test]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PILOTLIGHT_ENDPOINT"] = Server.Endpoint.ToString().TrimEnd('/');
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["PILOTLIGHT_PROGRAM"] = typeof(Platform).Assembly.Location;
        start.Environment["PILOTLIGHT_SIGNING"] = _publisher.Folder;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        var said = await output;
        if (said.StartsWith("SKIP ", StringComparison.Ordinal))
            Assert.Skip(said[5..].Trim());
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{said}\n{await errors}");
    }
}

/// <summary>Where this checkout is, and the cases of its suites.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    public static string Suite(params string[] parts) => Path.Combine([Root, "tests", "Pilotlight.Conformance.Tests", .. parts]);

    /// <summary>The names a suite prints for <c>--list</c>.</summary>
    public static IEnumerable<TheoryDataRow<string>> Cases(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [.. arguments, "--list"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        var names = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 || names.Length == 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} --list failed: {errors}");
        return names.Select(name => new TheoryDataRow<string>(name));
    }

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pilotlight.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Not in a checkout.");
    }
}
