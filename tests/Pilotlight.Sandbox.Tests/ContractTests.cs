using System.Net.Sockets;
using System.Text;

namespace Pilotlight.Sandbox.Tests;

/// <summary>What every driver does alike.</summary>
public abstract class ContractTests(DriverFixture driver)
{
    [Fact]
    public async Task Runs_a_program_with_exactly_its_arguments_environment_and_folder()
    {
        await using var inside = await driver.StartAsync();
        var process = await inside.Sandbox.StartAsync(
            new()
            {
                Path = "/usr/bin/env",
                Arguments = ["a name", "sh", "-c", "echo \"$0|$1|$PWD\"; env | grep -v -e ^PWD -e ^OLDPWD -e ^_=", "0", "two words"],
                Environment = new Dictionary<string, string> { ["A"] = "1", ["B"] = "ü=\n" },
                WorkingDirectory = "/usr",
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(new ExitStatus(0, 0), await process.Exited);
        Assert.Equal("0|two words|/usr\nA=1\nB=ü=\n", Encoding.UTF8.GetString(Inside.Drain(inside.Sandbox.Output)).TrimEnd('\n') + "\n");
    }

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 255", 255, 0)]
    [InlineData("kill -9 $$", 0, 9)]
    [InlineData("kill -11 $$", 0, 11)]
    public async Task Tells_how_a_process_ended(string script, int code, int signal)
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal(new ExitStatus(code, signal), await (await inside.StartShellAsync(script)).Exited);
    }

    [Fact]
    public async Task Sends_a_signal()
    {
        await using var inside = await driver.StartAsync();
        var process = await inside.StartShellAsync("trap 'exit 7' TERM; echo ready; while :; do sleep 1000 & wait $!; done");
        await Inside.ReadUntilAsync(inside.Sandbox.Output, "ready");
        process.Signal(15);
        Assert.Equal(7, (await process.Exited).Code);
        process.Signal(15);
    }

    [Fact]
    public async Task Says_why_a_program_cannot_be_executed()
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal(2, await ErrorAsync("/nowhere/program"));
        Assert.Equal(13, await ErrorAsync("/usr"));
        Assert.Equal(13, await ErrorAsync("/etc/passwd"));
        var folder = inside.Sandbox.PathInside("/tmp");
        await inside.ShellAsync($"printf 'no program' > {folder}/x; chmod +x {folder}/x");
        Assert.Equal(8, await ErrorAsync($"{folder}/x"));

        async Task<int> ErrorAsync(string path)
        {
            var error = await Assert.ThrowsAsync<SandboxExecException>(() => inside.StartAsync(path));
            Assert.Equal(path, error.Path);
            return error.Error;
        }
    }

    [Fact]
    public async Task Says_when_it_is_the_folder_that_is_missing()
    {
        await using var inside = await driver.StartAsync();
        var spec = new ProcessSpec
        {
            Path = "/bin/sh",
            Arguments = ["sh"],
            Environment = new Dictionary<string, string>(),
            WorkingDirectory = "/nowhere",
        };
        var error = await Assert.ThrowsAsync<SandboxExecException>(() => inside.Sandbox.StartAsync(spec, CancellationToken.None));
        Assert.Equal(("/nowhere", 2), (error.Path, error.Error));
    }

    [Fact]
    public async Task Carries_output_of_any_length()
    {
        await using var inside = await driver.StartAsync();
        var process = await inside.StartShellAsync("head -c 3000000 /dev/zero | tr '\\0' x; echo end >&2");
        var text = await Inside.ReadUntilAsync(inside.Sandbox.Output, "end");
        Assert.Equal(3_000_000, text.Count(letter => letter == 'x'));
        await process.Exited;
    }

    [Fact]
    public async Task Lets_code_open_its_standard_streams_again()
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal("a\nb", await inside.ShellAsync("echo a > /proc/self/fd/1; echo b > /proc/self/fd/2"));
    }

    [Fact]
    public async Task Carries_telemetry_beside_the_output()
    {
        await using var inside = await driver.StartAsync();
        await inside.ShellAsync("echo frame > /proc/self/fd/62");
        Assert.Equal("frame\n"u8, Inside.Drain(inside.Sandbox.Telemetry));
    }

    [Fact]
    public async Task Keeps_what_is_started_aside_apart_from_the_output()
    {
        await using var inside = await driver.StartAsync();
        var process = await inside.Sandbox.StartAsync(
            new()
            {
                Path = "/bin/sh",
                Arguments = ["/bin/sh", "-c", "echo out; echo err >&2; ls /proc/self/fd/62 2>/dev/null || echo none"],
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
                WorkingDirectory = "/",
                Output = ProcessOutput.Aside,
            },
            TestContext.Current.CancellationToken);
        await process.Exited;
        Assert.Equal("out\nerr\nnone\n"u8, Inside.Drain(inside.Sandbox.AsideOutput));
        Assert.Equal(""u8, Inside.Drain(inside.Sandbox.Output));
    }

    [Fact]
    public async Task Shows_folders_and_links_where_they_were_asked_for()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ed); // 0755
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "f"), "found");
            await using var inside = await driver.StartAsync(spec => spec with
            {
                Mounts = [new(folder, "/var/task"), new(Path.Combine(folder, "f"), "/opt/deep/file")],
                Links = new Dictionary<string, string> { ["/var/lang/bin/print"] = "/usr/bin/cat" },
            });
            var (print, task, file) = (
                inside.Sandbox.PathInside("/var/lang/bin/print"), inside.Sandbox.PathInside("/var/task/f"), inside.Sandbox.PathInside("/opt/deep/file"));
            Assert.Equal("foundfound", await inside.ShellAsync($"{print} {task} {file}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Accepts_connections_from_inside()
    {
        await using var inside = await driver.StartAsync();
        using var listener = inside.Sandbox.Listen(9001);
        var port = ((System.Net.IPEndPoint)listener.LocalEndPoint!).Port;
        var process = await inside.StartPythonAsync($"import socket; print(socket.create_connection(('127.0.0.1', {port})).recv(5).decode())");
        using var connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await connection.SendAsync("hello"u8.ToArray(), SocketFlags.None);
        await process.Exited;
        Assert.Equal("hello\n"u8, Inside.Drain(inside.Sandbox.Output));
    }

    [Fact]
    public async Task Ends_everything_when_it_is_disposed_of()
    {
        var inside = await driver.StartAsync();
        var word = $"{Random.Shared.Next(100_000_000, 999_999_999)}";
        var process = await inside.StartShellAsync($"setsid sh -c 'sleep {word} & sleep {word}' & echo ready; sleep {word}");
        await Inside.ReadUntilAsync(inside.Sandbox.Output, "ready");
        await inside.DisposeAsync();
        await inside.DisposeAsync();
        Assert.Equal(new ExitStatus(0, 9), await process.Exited);
        Assert.Empty(Traces.Processes(word));
        await Assert.ThrowsAsync<SandboxException>(() => inside.StartShellAsync("true"));
    }

    [Fact]
    public async Task Kills_the_process_of_a_start_that_nobody_waits_for_any_more()
    {
        await using var inside = await driver.StartAsync();
        var word = $"{Random.Shared.Next(100_000_000, 999_999_999)}";
        using var source = new CancellationTokenSource();
        var start = inside.Sandbox.StartAsync(
            new()
            {
                Path = "/bin/sleep",
                Arguments = ["sleep", word],
                Environment = new Dictionary<string, string>(),
                WorkingDirectory = "/",
            },
            source.Token);
        await source.CancelAsync();
        try
        {
            // The start may have won.
            (await start).Signal(9);
        }
        catch (OperationCanceledException)
        {
        }
        while (Traces.Processes(word).Count > 0)
            await Task.Yield();
    }

    [Fact]
    public async Task Runs_twenty_at_once()
    {
        var many = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => driver.StartAsync()));
        var answers = await Task.WhenAll(many.Select((inside, i) => inside.ShellAsync($"echo {i}")));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i.ToString()), answers);
        await Task.WhenAll(many.Select(inside => inside.DisposeAsync().AsTask()));
        Assert.All(many, inside => Assert.True(inside.Sandbox.Ended.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Refuses_a_name_that_is_taken_or_is_none()
    {
        await using var inside = await driver.StartAsync();
        foreach (var id in new[] { inside.Sandbox.Id, "", "../x", "A", new string('a', 41) })
            await Assert.ThrowsAsync<SandboxException>(() => driver.StartAsync(spec => spec with { Id = id }));
    }
}

public sealed class CrunContractTests(CrunDriver driver) : ContractTests(driver);

public sealed class RuncContractTests(RuncDriver driver) : ContractTests(driver);

public sealed class ProcessContractTests(PlainDriver driver) : ContractTests(driver);
