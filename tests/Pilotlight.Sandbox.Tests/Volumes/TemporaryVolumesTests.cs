using System.Globalization;

namespace Pilotlight.Sandbox.Tests;

public sealed class TemporaryVolumesTests : IDisposable
{
    const long Size = 16 << 20;

    readonly string _name = $"plv{Random.Shared.Next():x}";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    string DiskFolder => Path.Combine(Path.GetTempPath(), _name, "disk");
    string MountFolder => Path.Combine(Path.GetTempPath(), _name, "mounts");

    public void Dispose()
    {
        if (Directory.Exists(Path.Combine(Path.GetTempPath(), _name)))
            Directory.Delete(Path.Combine(Path.GetTempPath(), _name), recursive: true);
    }

    [Theory]
    [InlineData(16 << 20)]
    [InlineData(512 << 20)]
    [InlineData(10L << 30)]
    [InlineData((100 << 20) + 12345)]
    public async Task A_volume_has_room_for_its_size_and_hardly_more(long bytes)
    {
        await using var volumes = await OpenAsync();
        await using var volume = await volumes.CreateAsync("one", bytes, 0, 0, Cancellation);

        Assert.InRange(new DriveInfo(volume.Path).AvailableFreeSpace, bytes, bytes + (bytes / 50) + 65536);
    }

    [Fact]
    public async Task A_full_volume_refuses_and_has_taken_all_that_was_promised()
    {
        const int noSpace = 28;
        await using var volumes = await OpenAsync();
        await using var volume = await volumes.CreateAsync("one", Size, 0, 0, Cancellation);

        var written = 0L;
        using var file = File.OpenHandle(Path.Combine(volume.Path, "big"), FileMode.CreateNew, FileAccess.Write);
        var refusal = Assert.Throws<IOException>(() =>
        {
            for (; written < 2 * Size; written += 4096)
                RandomAccess.Write(file, new byte[4096], written);
        });

        Assert.Equal(noSpace, refusal.HResult);
        Assert.InRange(written, Size, Size + (Size / 50));
    }

    [Fact]
    public async Task A_volume_is_empty_and_open_to_all_and_belongs_to_whom_it_is_for()
    {
        await using var volumes = await OpenAsync();
        await using var volume = await volumes.CreateAsync("one", Size, 1234, 5678, Cancellation);

        Assert.Empty(Directory.GetFileSystemEntries(volume.Path));
        Assert.Equal("1777 1234 5678", (await SystemTool.RunAsync("/usr/bin/stat", ["-c", "%a %u %g", volume.Path], "", Cancellation)).Trim());
        var mount = Assert.Single(File.ReadLines("/proc/self/mountinfo"), line => line.Contains($" {volume.Path} ", StringComparison.Ordinal));
        Assert.Contains("nosuid,nodev", mount, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_at_once_are_twenty_volumes_and_leave_nothing()
    {
        await using (var volumes = await OpenAsync())
        {
            var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => volumes.CreateAsync($"v{i}", Size, 0, 0, Cancellation)));
            for (var i = 0; i < all.Length; i++)
                await File.WriteAllTextAsync(Path.Combine(all[i].Path, "mine"), Number(i), Cancellation);
            for (var i = 0; i < all.Length; i++)
                Assert.Equal(Number(i), await File.ReadAllTextAsync(Path.Combine(all[i].Path, "mine"), Cancellation));
            Assert.Equal(20, BackingFiles().Count);

            await Task.WhenAll(all.Select(volume => volume.DisposeAsync().AsTask()));
            await all[0].DisposeAsync();

            Assert.Empty(Traces.Of(_name));
            Assert.Empty(Directory.GetFileSystemEntries(MountFolder));
        }
        Assert.Empty(Directory.GetFileSystemEntries(DiskFolder));
    }

    [Fact]
    public async Task What_is_written_in_one_volume_is_not_in_the_next_of_its_name()
    {
        await using var volumes = await OpenAsync();
        await using (var first = await volumes.CreateAsync("one", Size, 0, 0, Cancellation))
            await File.WriteAllTextAsync(Path.Combine(first.Path, "secret"), "secret", Cancellation);

        await using var second = await volumes.CreateAsync("one", Size, 0, 0, Cancellation);

        Assert.Empty(Directory.GetFileSystemEntries(second.Path));
    }

    [Fact]
    public async Task A_name_is_given_once_and_the_first_keeps_its_volume()
    {
        await using var volumes = await OpenAsync();
        await using var first = await volumes.CreateAsync("one", Size, 0, 0, Cancellation);

        await Assert.ThrowsAsync<SandboxException>(() => volumes.CreateAsync("one", Size, 0, 0, Cancellation));
        await Assert.ThrowsAsync<SandboxException>(() => volumes.CreateAsync("../one", Size, 0, 0, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => volumes.CreateAsync("two", 0, 0, 0, Cancellation));

        await File.WriteAllTextAsync(Path.Combine(first.Path, "mine"), "mine", Cancellation);
        Assert.Single(BackingFiles());
    }

    [Fact]
    public async Task A_size_that_cannot_be_had_is_refused_and_leaves_nothing()
    {
        await using var volumes = await OpenAsync();

        // Larger than any file.
        await Assert.ThrowsAsync<SandboxException>(() => volumes.CreateAsync("one", long.MaxValue / 2, 0, 0, Cancellation));

        Assert.Empty(Traces.Of(_name));
        await using var volume = await volumes.CreateAsync("one", Size, 0, 0, Cancellation);
    }

    [Fact]
    public async Task What_a_dead_instance_left_is_cleared_even_while_it_is_in_use()
    {
        var volumes = await OpenAsync();
        _ = await volumes.CreateAsync("one", Size, 0, 0, Cancellation);
        var used = await volumes.CreateAsync("two", Size, 0, 0, Cancellation);
        using (File.Create(Path.Combine(used.Path, "open")))
        {
            await TemporaryVolumes.ClearAsync(DiskFolder, MountFolder, Cancellation);

            Assert.Empty(Directory.GetFileSystemEntries(DiskFolder));
            Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(_name, StringComparison.Ordinal));
        }
        await TemporaryVolumes.ClearAsync(DiskFolder, MountFolder, Cancellation);

        // The kernel frees the last device when the last file is closed, in its own time.
        while (BackingFiles().Count > 0)
            await Task.Delay(10, Cancellation);
    }

    [Fact]
    public async Task Copies_have_the_same_holes()
    {
        Directory.CreateDirectory(DiskFolder);
        var (source, target) = (Path.Combine(DiskFolder, "source"), Path.Combine(DiskFolder, "target"));
        SparseFile.Create(source, 64 << 20);
        using (var file = File.OpenHandle(source, access: FileAccess.Write))
        {
            RandomAccess.Write(file, "start"u8, 0);
            RandomAccess.Write(file, "middle"u8, 32 << 20);
        }

        SparseFile.Copy(source, target);

        Assert.Equal(await File.ReadAllBytesAsync(source, Cancellation), await File.ReadAllBytesAsync(target, Cancellation));
        var blocks = await SystemTool.RunAsync("/usr/bin/stat", ["-c", "%b", target], "", Cancellation);
        Assert.InRange(long.Parse(blocks, CultureInfo.InvariantCulture) * 512, 0, 1 << 20);
        Assert.Throws<IOException>(() => SparseFile.Copy(source, target));
    }

    async Task<TemporaryVolumes> OpenAsync()
    {
        Assert.SkipUnless(Posix.IsRoot, "mounting needs root");
        Assert.SkipUnless(File.Exists("/dev/loop-control"), "this machine has no loop devices");
        return await TemporaryVolumes.OpenAsync(DiskFolder, MountFolder, Cancellation);
    }

    List<string> BackingFiles() =>
        [.. Traces.Of(_name).Where(trace => trace.Contains(DiskFolder, StringComparison.Ordinal) && !trace.Contains(" - ", StringComparison.Ordinal))];

    static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
