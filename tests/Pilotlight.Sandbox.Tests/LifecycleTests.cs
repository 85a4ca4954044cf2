using System.Diagnostics;

namespace Pilotlight.Sandbox.Tests;

/// <summary>Each test here opens a driver of its own, and looks at what is left of it.</summary>
public sealed class LifecycleTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static SandboxOptions Options(string driver, string runtime = "auto")
    {
        if (DriverFixture.Obstacle(driver, "auto") is { } obstacle)
            Assert.Skip(obstacle);
        var folder = Directory.CreateTempSubdirectory("pilotlight-").FullName;
        // The users inside pass through.
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ed);
        return DriverFixture.Options(driver, runtime) with { StateFolder = folder + "/state", DiskFolder = folder + "/disk" };
    }

    static SandboxSpec Spec(string id) => new()
    {
        Id = id,
        MemoryBytes = 64 << 20,
        CpuWeightMillicores = 1000,
        TemporaryStorageBytes = 16 << 20,
    };

    static string InstanceOf(SandboxOptions options) => Path.GetFileName(Assert.Single(Directory.GetDirectories(options.StateFolder!)));

    static async Task AssertNothingLeftAsync(SandboxOptions options, string instance)
    {
        await Traces.AwaitAsync(instance, traces => traces.Count == 0);
        Assert.Empty(Directory.GetDirectories(options.StateFolder!));
        Assert.Empty(Directory.GetDirectories(options.DiskFolder + "/sandboxes"));
        Directory.Delete(Path.GetDirectoryName(options.StateFolder)!, recursive: true);
    }

    [Theory]
    [InlineData("container")]
    [InlineData("process")]
    public async Task Leaves_nothing_when_the_driver_is_disposed_of(string name)
    {
        var options = Options(name);
        var driver = await SandboxPlatform.OpenAsync(options, Cancellation);
        var instance = InstanceOf(options);
        var sandboxes = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => driver.CreateAsync(Spec($"s{i}"), Cancellation)));
        sandboxes[3].Freeze();
        await sandboxes[5].DisposeAsync();
        await driver.DisposeAsync();
        await driver.DisposeAsync();
        Assert.All(sandboxes, sandbox => Assert.True(sandbox.Ended.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<SandboxException>(() => driver.CreateAsync(Spec("late"), Cancellation));
        await AssertNothingLeftAsync(options, instance);
    }

    [Theory]
    [InlineData("container")]
    [InlineData("process")]
    public async Task Leaves_nothing_of_sandboxes_that_are_being_made_when_the_driver_is_disposed_of(string name)
    {
        var options = Options(name);
        var driver = await SandboxPlatform.OpenAsync(options, Cancellation);
        var instance = InstanceOf(options);
        var making = Enumerable.Range(0, 10).Select(i => driver.CreateAsync(Spec($"s{i}"), Cancellation)).ToArray();
        await making[0];
        await driver.DisposeAsync();
        Assert.All(making, task => Assert.True(task.IsCompleted));
        await AssertNothingLeftAsync(options, instance);
    }

    [Fact]
    public async Task Leaves_nothing_of_a_sandbox_that_could_not_be_made()
    {
        var options = Options("container");
        await using (var driver = await SandboxPlatform.OpenAsync(options, Cancellation))
        {
            var instance = InstanceOf(options);
            var before = Traces.Of(instance);
            var missing = Spec("a") with { Mounts = [new("/nowhere/at/all", "/var/task")] };
            Assert.Contains("/nowhere/at/all", (await Assert.ThrowsAsync<SandboxException>(() => driver.CreateAsync(missing, Cancellation))).Message);
            // Too little for the runtime to start anything.
            await Assert.ThrowsAsync<SandboxException>(() => driver.CreateAsync(Spec("b") with { MemoryBytes = 4096 }, Cancellation));
            foreach (var target in new[] { "/proc/x", "/dev", "/usr/lib", "/tmp/x", "/a/../b", "a", "/" })
            {
                var spec = Spec("c") with { Mounts = [new("/usr", target)] };
                await Assert.ThrowsAsync<SandboxException>(() => driver.CreateAsync(spec, Cancellation));
            }
            await Traces.AwaitAsync(instance, traces => traces.Count <= before.Count);
            await using var sandbox = await driver.CreateAsync(Spec("a"), Cancellation);
        }
        Directory.Delete(Path.GetDirectoryName(options.StateFolder)!, recursive: true);
    }

    [Theory]
    [InlineData("container", "crun")]
    [InlineData("container", "runc")]
    public async Task Ends_with_its_guest(string name, string runtime)
    {
        if (DriverFixture.Obstacle(name, runtime) is { } obstacle)
            Assert.Skip(obstacle);
        var options = Options(name, runtime);
        await using (var driver = await SandboxPlatform.OpenAsync(options, Cancellation))
        {
            var sandbox = Assert.IsType<Container>(await driver.CreateAsync(Spec("a"), Cancellation));
            var process = await sandbox.StartAsync(Sleep("86400"), Cancellation);
            Assert.Equal(0, Posix.kill(sandbox.FirstProcess, 9));
            Assert.Equal(new ExitStatus(0, 9), await process.Exited);
            await sandbox.Ended;
        }
        Directory.Delete(Path.GetDirectoryName(options.StateFolder)!, recursive: true);
    }

    [Fact]
    public async Task A_plain_guest_that_is_killed_takes_what_it_started_with_it()
    {
        var options = Options("process");
        await using (var driver = await SandboxPlatform.OpenAsync(options, Cancellation))
        {
            var word = $"{Random.Shared.Next(100_000_000, 999_999_999)}";
            var sandbox = Assert.IsType<ProcessSandbox>(await driver.CreateAsync(Spec("a"), Cancellation));
            var process = await sandbox.StartAsync(Sleep(word), Cancellation);
            Assert.Equal(0, Posix.kill(sandbox.Guest, 9));
            Assert.Equal(new ExitStatus(0, 9), await process.Exited);
            await sandbox.Ended;
            while (Traces.Processes(word).Count > 0)
                await Task.Yield();
        }
        Directory.Delete(Path.GetDirectoryName(options.StateFolder)!, recursive: true);
    }

    [Theory]
    [InlineData("container")]
    [InlineData("process")]
    public async Task Clears_what_a_killed_process_left(string name)
    {
        var options = Options(name);
        using var holder = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, [SandboxHolder.Argument, name, options.StateFolder!, options.DiskFolder])
        {
            RedirectStandardOutput = true,
            Environment = { ["PILOTLIGHT_GUEST"] = GuestExecutable.Path },
        })!;
        Assert.Equal("holding", await holder.StandardOutput.ReadLineAsync(Cancellation));
        var instance = InstanceOf(options);
        if (Environment.IsPrivilegedProcess)
            Assert.NotEmpty(Traces.Of(instance));
        Assert.NotEmpty(Traces.Processes(SandboxHolder.Word));

        // While it lives, nobody touches what is its own.
        await using (await SandboxPlatform.OpenAsync(options, Cancellation))
            Assert.False(holder.HasExited);
        Assert.True(Directory.Exists(Path.Combine(options.StateFolder!, instance)));

        holder.Kill();
        await holder.WaitForExitAsync(Cancellation);
        await using (await SandboxPlatform.OpenAsync(options, Cancellation))
        {
            await Traces.AwaitAsync(instance, traces => traces.Count == 0);
            Assert.Empty(Traces.Processes(SandboxHolder.Word));
        }
        await AssertNothingLeftAsync(options, instance);
    }

    [Fact]
    public async Task Falls_back_to_plain_processes_and_says_why()
    {
        var options = Options("process") with { Driver = "auto", Runtime = "no-such-runtime" };
        await using (var driver = await SandboxPlatform.OpenAsync(options, Cancellation))
        {
            Assert.Equal("process", driver.Name);
            Assert.Contains(driver.Limitations, text => text.Contains("not isolated", StringComparison.Ordinal));
            Assert.Contains(driver.Limitations, text => text.Contains("apt-get install crun", StringComparison.Ordinal));
        }
        var error = await Assert.ThrowsAsync<SandboxException>(() => SandboxPlatform.OpenAsync(options with { Driver = "container" }, Cancellation));
        Assert.Contains(Environment.IsPrivilegedProcess ? "no-such-runtime" : "root", error.Message);
        Directory.Delete(Path.GetDirectoryName(options.StateFolder)!, recursive: true);
    }

    [Fact]
    public async Task Examines_the_machine()
    {
        var options = Options("process");
        var checks = await SandboxPlatform.ExamineAsync(options, Cancellation);
        foreach (var name in new[] { "root", "memory", "control groups", "user namespaces", "seccomp", "guest", "crun", "runc", "nft", "loop devices", "kvm" })
            Assert.Single(checks, check => check.Name == name);
        Assert.All(checks, check => Assert.NotEmpty(check.Detail));
        Directory.Delete(Path.GetDirectoryName(options.StateFolder)!, recursive: true);
    }

    static ProcessSpec Sleep(string seconds) => new()
    {
        Path = "/bin/sleep",
        Arguments = ["sleep", seconds],
        Environment = new Dictionary<string, string>(),
        WorkingDirectory = "/",
    };
}
