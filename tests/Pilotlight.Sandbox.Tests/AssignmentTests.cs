namespace Pilotlight.Sandbox.Tests;

/// <summary>A sandbox made ahead, with a process that runs in it already, is given its limits and folders.</summary>
public abstract class AssignmentTests(DriverFixture driver)
{
    static SandboxAssignment Assignment => new() { MemoryBytes = 64 << 20, CpuWeightMillicores = 500 };

    [Fact]
    public async Task Shows_a_folder_to_a_process_that_runs_already()
    {
        using var code = new HostFolder(("hello.txt", "hello"));
        await using var inside = await driver.StartAsync();
        await inside.StartShellAsync("until [ -e /var/task/hello.txt ]; do sleep 0.01; done; echo \"seen: $(cat /var/task/hello.txt)\"");

        inside.Sandbox.Assign(Assignment with { Mounts = [new(code.Path, "/var/task")] });

        Assert.Contains("seen: hello", await Inside.ReadUntilAsync(inside.Sandbox.Output, "\n"));
    }

    [Fact]
    public async Task Shows_it_read_only_and_on_no_other_way()
    {
        using var code = new HostFolder(("hello.txt", "hello"));
        await using var inside = await driver.StartAsync();
        inside.Sandbox.Assign(Assignment with { Mounts = [new(code.Path, "/opt"), new(code.Path, "/var/task")] });

        Assert.Equal("read-only", await inside.ShellAsync("(echo x >/var/task/x || echo x >/opt/hello.txt) 2>/dev/null || echo read-only"));
        var options = await inside.ShellAsync("grep ' /var/task ' /proc/self/mounts");
        Assert.Contains("ro,nosuid,nodev", options);
        Assert.DoesNotContain(File.ReadAllLines("/proc/self/mounts"), line => line.Contains(inside.Sandbox.Id) && line.Contains("/var/task"));
    }

    [Fact]
    public async Task Leaves_other_sandboxes_as_they_are()
    {
        using var code = new HostFolder(("hello.txt", "hello"));
        await using var one = await driver.StartAsync();
        await using var other = await driver.StartAsync();
        one.Sandbox.Assign(Assignment with { Mounts = [new(code.Path, "/var/task")] });

        Assert.Equal("hello.txt", await one.ShellAsync("ls /var/task"));
        Assert.Equal("", await other.ShellAsync("ls /var/task"));
    }

    [Fact]
    public async Task Lowers_the_memory_limit_of_a_running_sandbox()
    {
        await using var inside = await driver.StartAsync(spec => spec with { MemoryBytes = 256 << 20 });
        inside.Sandbox.Assign(Assignment);
        var process = await inside.StartPythonAsync("x = b'x' * (100 << 20)");
        Assert.Equal(new ExitStatus(0, 9), await process.Exited);
    }

    [Fact]
    public async Task Raises_the_memory_limit_of_a_running_sandbox()
    {
        await using var inside = await driver.StartAsync(spec => spec with { MemoryBytes = 48 << 20 });
        inside.Sandbox.Assign(Assignment with { MemoryBytes = 256 << 20, CpuQuotaMillicores = 700 });
        Assert.Equal("fits", await inside.PythonAsync("x = b'x' * (150 << 20); print('fits')"));
    }

    [Fact]
    public async Task Refuses_a_folder_that_does_not_exist()
    {
        await using var inside = await driver.StartAsync();
        var refused = Assert.Throws<SandboxException>(() => inside.Sandbox.Assign(Assignment with { Mounts = [new("/nowhere", "/var/task")] }));
        Assert.Contains("/nowhere", refused.Message);
    }

    [Fact]
    public async Task Refuses_a_sandbox_that_has_ended()
    {
        using var code = new HostFolder();
        await using var inside = await driver.StartAsync();
        await inside.Sandbox.DisposeAsync();
        Assert.Throws<SandboxException>(() => inside.Sandbox.Assign(Assignment with { Mounts = [new(code.Path, "/var/task")] }));
    }

    sealed class HostFolder : IDisposable
    {
        public HostFolder(params (string Name, string Text)[] files)
        {
            foreach (var (name, text) in files)
                File.WriteAllText(System.IO.Path.Combine(Path, name), text);
            File.SetUnixFileMode(Path, (UnixFileMode)0x1ed);
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("pilotlight-assignment-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}

public sealed class CrunAssignmentTests(CrunDriver driver) : AssignmentTests(driver);

public sealed class RuncAssignmentTests(RuncDriver driver) : AssignmentTests(driver);
