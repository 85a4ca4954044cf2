namespace Pilotlight.Sandbox.Tests;

public sealed class LimitTests(CrunDriver driver)
{
    [Fact]
    public async Task Contains_a_fork_bomb()
    {
        await using var inside = await driver.StartAsync(spec => spec with { ProcessLimit = 40 });
        var count = await inside.PythonAsync("""
            import os, time
            count = 1
            while True:
                try:
                    if os.fork() == 0:
                        time.sleep(1000)
                    count += 1
                except BlockingIOError:
                    break
            print(count, flush=True)
            os._exit(0)
            """);
        Assert.Equal("40", count);
    }

    [Fact]
    public async Task Kills_and_counts_what_exceeds_the_memory_limit()
    {
        await using var inside = await driver.StartAsync(spec => spec with { MemoryBytes = 64 << 20 });
        var process = await inside.StartPythonAsync("x = b'x' * (200 << 20)");
        var status = await process.Exited;
        Assert.Equal(new ExitStatus(0, 9), status);
        Assert.Equal("signal: killed", status.ToString());
        var memory = inside.Sandbox.ReadMemory();
        Assert.Equal(1, memory.OutOfMemoryKills);
        Assert.InRange(memory.PeakBytes, 48 << 20, 64 << 20);

        // The guest is still there, to be asked for another.
        Assert.Equal("again", await inside.ShellAsync("echo again"));
    }

    [Fact]
    public async Task Leaves_almost_all_of_the_memory_to_the_code_inside()
    {
        await using var inside = await driver.StartAsync(spec => spec with { MemoryBytes = 128 << 20 });
        Assert.InRange(inside.Sandbox.ReadMemory().CurrentBytes, 1, 4 << 20);
        // Python itself, and 112 of the 128 MiB.
        Assert.Equal("fits", await inside.PythonAsync("x = b'x' * (112 << 20); print('fits')"));
    }

    [Fact]
    public async Task Reports_the_peak_of_memory_since_it_was_reset()
    {
        await using var inside = await driver.StartAsync();
        await inside.PythonAsync("x = b'x' * (64 << 20)");
        Assert.True(inside.Sandbox.ReadMemory().PeakBytes > 64 << 20);
        inside.Sandbox.ResetPeakMemory();
        Assert.InRange(inside.Sandbox.ReadMemory().PeakBytes, 1, 32 << 20);
    }

    [Fact]
    public async Task Refuses_to_store_more_than_the_temporary_folder_holds()
    {
        await using var inside = await driver.StartAsync(spec => spec with { TemporaryStorageBytes = 32 << 20, MemoryBytes = 512 << 20 });
        Assert.Equal("28", await inside.PythonAsync("""
            try:
                with open("/tmp/x", "wb", 0) as f:
                    for i in range(64):
                        f.write(b"x" * (1 << 20))
            except OSError as e:
                print(e.errno)
            """));
    }

    [Fact]
    public async Task Stops_all_processor_use_while_frozen()
    {
        await using var inside = await driver.StartAsync();
        await using var other = await driver.StartAsync();
        var busy = await inside.StartShellAsync("while :; do :; done");
        await GrowsAsync(inside.Sandbox);

        inside.Sandbox.Freeze();
        // What waits for a processor has to get one to notice.
        await IsFrozenAsync(inside.Sandbox);
        var before = inside.Sandbox.ReadCpuTime();
        await other.ShellAsync("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
        Assert.Equal(before, inside.Sandbox.ReadCpuTime());

        inside.Sandbox.Thaw();
        await GrowsAsync(inside.Sandbox);
        Assert.False(busy.Exited.IsCompleted);
    }

    /// <summary>So that no sandbox is the first to be frozen on the machine, or the last to be thawed, which stops every processor.</summary>
    [Fact]
    public async Task Something_stays_frozen_as_long_as_the_driver_lives()
    {
        var layout = ControlGroupLayout.Read();
        if (layout.IsUnified)
            Assert.Skip("only the freezer of version 1 has a switch in the kernel's code");
        await using var inside = await driver.StartAsync();
        var own = Path.GetDirectoryName(Directory.GetDirectories(layout.FreezerRoot + "/pilotlight", inside.Sandbox.Id, SearchOption.AllDirectories).First());
        Assert.Equal("FROZEN", File.ReadAllText(own + "/_held/freezer.state").Trim());
        Assert.Empty(File.ReadAllText(own + "/_held/cgroup.procs"));
    }

    [Fact]
    public async Task Is_disposed_of_while_frozen()
    {
        var inside = await driver.StartAsync();
        var process = await inside.StartAsync("/bin/sleep", "1000");
        inside.Sandbox.Freeze();
        await inside.DisposeAsync();
        Assert.Equal(9, (await process.Exited).Signal);
        Assert.True(inside.Sandbox.Ended.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Writes_weight_and_quota_of_the_processor()
    {
        var layout = ControlGroupLayout.Read();
        if (layout.IsUnified)
            Assert.Skip("the files of version 1 are read here");
        await using var inside = await driver.StartAsync(spec => spec with { CpuWeightMillicores = 500, CpuQuotaMillicores = 250 });
        var group = Directory.GetDirectories(layout.Version1["cpu"] + "/pilotlight", inside.Sandbox.Id, SearchOption.AllDirectories)
            .Single(folder => File.ReadAllText(folder + "/cpu.cfs_quota_us").Trim() == "25000");
        Assert.Equal("512", File.ReadAllText(group + "/cpu.shares").Trim());
    }

    static async Task IsFrozenAsync(ISandbox sandbox)
    {
        var layout = ControlGroupLayout.Read();
        var (file, text) = layout.IsUnified ? ("cgroup.events", "frozen 1") : ("freezer.state", "FROZEN");
        var groups = Directory.GetDirectories(layout.FreezerRoot + "/pilotlight", sandbox.Id, SearchOption.AllDirectories);
        while (!groups.Any(group => File.ReadAllText($"{group}/{file}").Contains(text, StringComparison.Ordinal)))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    static async Task GrowsAsync(ISandbox sandbox)
    {
        var start = sandbox.ReadCpuTime();
        while (sandbox.ReadCpuTime() <= start)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
