using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pilotlight.Testing;

namespace Pilotlight.Tests;

/// <summary>The platform as a process of its own: how it ends, what it leaves, and what is there again after a <c>kill -9</c>.</summary>
public sealed partial class LifeTests(ConformanceFixture platform) : IDisposable
{
    // Of its own, so that other instances on this machine neither clear these nor are taken for them.
    readonly string _state = $"/run/pilotlight-life-{Guid.NewGuid():n}";
    readonly List<Process> _started = [];
    readonly string _data = Path.Combine(Path.GetTempPath(), $"pilotlight-life-{Guid.NewGuid():n}");

    [Fact]
    public async Task Ends_on_SIGTERM_and_leaves_nothing_behind()
    {
        SkipWithoutSandbox();
        var up = await StartAsync();
        var instance = up.Instance;
        await CreateAsync(up.Client, "leaving");
        Assert.Equal("1", await InvokeAsync(up.Client, "leaving", "1"));
        Assert.NotEmpty(Traces(instance));

        Assert.Equal(0, kill(up.Process.Id, Terminate));
        await up.Process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, up.Process.ExitCode);
        await UntilEmpty(() => Traces(instance));
    }

    [Fact]
    public async Task After_kill_9_nothing_acknowledged_is_lost_and_the_next_start_clears_what_is_left()
    {
        SkipWithoutSandbox();
        var first = await StartAsync();
        for (var i = 0; i < 5; i++)
            await CreateAsync(first.Client, $"kept-{i}");
        Assert.Equal("1", await InvokeAsync(first.Client, "kept-0", "1"));
        var instance = first.Instance;
        Assert.NotEmpty(Traces(instance));

        first.Process.Kill();
        await first.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var second = await StartAsync();

        await UntilEmpty(() => Traces(instance));
        for (var i = 0; i < 5; i++)
            Assert.Equal($"{i}", await InvokeAsync(second.Client, $"kept-{i}", $"{i}"));
        Assert.Equal(0, kill(second.Process.Id, Terminate));
        await second.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await UntilEmpty(() => Traces(second.Instance));
    }

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }

        if (Directory.Exists(_state))
            Directory.Delete(_state, recursive: true);
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
    }

    void SkipWithoutSandbox()
    {
        if (platform.Server is null)
            Assert.Skip(platform.Missing!);
        if (platform.Server.Platform.Driver.Name != "container")
            Assert.Skip("there are no containers on this machine, so there is nothing to leave behind");
    }

    async Task<(Process Process, SignedClient Client, string Instance)> StartAsync()
    {
        var before = Instances().ToHashSet();
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "Pilotlight.Server", configuration, "Pilotlight.Server.dll");
        var start = new ProcessStartInfo("dotnet", [program, "up", "--port", "0", "--data", _data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PILOTLIGHT__Sandbox__StateFolder"] = _state;
        var process = Process.Start(start)!;
        _started.Add(process);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (ReadyLine().Match(line) is { Success: true } ready)
                return (process, new SignedClient(new Uri(ready.Groups[1].Value)), Instances().Except(before).Single());
        }

        throw new InvalidOperationException($"The platform did not start: {await errors}");
    }

    IEnumerable<string> Instances() =>
        Directory.Exists(_state) ? Directory.EnumerateDirectories(_state).Select(folder => Path.GetFileName(folder)) : [];

    /// <summary>
    /// Everything in the kernel and on disk that bears the instance's name, loop devices on its files among it. (The next instance has
    /// volumes in the same data folder as soon as it starts: those of its stems.)
    /// </summary>
    List<string> Traces(string instance)
    {
        var found = new List<string>();
        found.AddRange(File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(instance)));
        found.AddRange(Directory.EnumerateDirectories("/sys/class/net").Where(link => link.Contains(instance)));
        found.AddRange(Instances().Where(folder => folder == instance));
        foreach (var hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup"))
        {
            var group = Path.Combine(hierarchy, "pilotlight", instance);
            if (Directory.Exists(group))
                found.Add(group);
        }

        foreach (var loop in Directory.EnumerateDirectories("/sys/block", "loop*"))
        {
            var backing = Path.Combine(loop, "loop", "backing_file");
            if (File.Exists(backing) && File.ReadAllText(backing).Contains($"/{instance}/"))
                found.Add(loop);
        }

        return found;
    }

    /// <summary>The kernel takes some things apart a moment after it was told to.</summary>
    static async Task UntilEmpty(Func<List<string>> traces)
    {
        for (var i = 0; i < 3000 && traces().Count > 0; i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Empty(traces());
    }

    static async Task CreateAsync(SignedClient client, string name)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var app = archive.CreateEntry("app.py").Open();
            app.Write("def handler(event, context):\n    return event\n"u8);
        }

        var json = $$$"""
            {"FunctionName":"{{{name}}}","Runtime":"python3.11","Handler":"app.handler","Role":"arn:aws:iam::000000000000:role/r",
             "Code":{"ZipFile":"{{{Convert.ToBase64String(zip.ToArray())}}}"}}
            """;
        await ExecutionRole.MakeAsync(client, "r");
        using var created = await client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions", json);
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
    }

    static async Task<string> InvokeAsync(SignedClient client, string name, string payload)
    {
        using var answer = await client.LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", payload);
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("^ready (http://[^ ]+)")]
    private static partial Regex ReadyLine();

    const int Terminate = 15;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
