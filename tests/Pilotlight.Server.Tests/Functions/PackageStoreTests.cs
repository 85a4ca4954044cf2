using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Api;
using Pilotlight.Functions;
using Pilotlight.Storage;

namespace Pilotlight.Tests.Functions;

public sealed class PackageStoreTests : IAsyncDisposable
{
    const string NotAZip = "Could not unzip uploaded file. Please check your file, then try to upload again.";

    static readonly PackageLimits Small = new() { MaxZippedBytes = 4096, MaxUnzippedBytes = 100_000, MaxEntries = 50, KeepUnused = TimeSpan.Zero };

    readonly DataFolder _folder = new(Directory.CreateTempSubdirectory("pilotlight-packages-").FullName);

    readonly List<PackageStore> _stores = [];
    readonly FakeTimeProvider _time = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        Directory.Delete(_folder.Root, recursive: true);
    }

    PackageStore Store(PackageLimits? limits = null)
    {
        var store = new PackageStore(_folder, new BlobStore(_folder.Blobs), limits ?? Small, _time, NullLogger<PackageStore>.Instance);
        _stores.Add(store);
        return store;
    }

    string PathOf(PackageLease package) => Path.Combine(_folder.Code, package.Hash);

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    IEnumerable<string> FilesOnDisk() => Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories);

    [Fact]
    public async Task Unpacks_files_folders_and_their_execute_bits()
    {
        var zip = Zips.Build(archive =>
        {
            Zips.Add(archive, "bootstrap", "#!/bin/sh", 0x81E8);
            Zips.Add(archive, "private.txt", "secret", 0x8180);
            Zips.Add(archive, "from-windows.txt", "plain");
            archive.CreateEntry("empty/");
            Zips.Add(archive, "deep/er/file.txt", "deep");
        });

        using var package = await Store().AddAsync(zip, default);

        var path = PathOf(package);
        Assert.Equal("755", Mode("bootstrap"));
        Assert.Equal("644", Mode("private.txt"));
        Assert.Equal("644", Mode("from-windows.txt"));
        Assert.Equal("755", Mode("deep/er"));
        Assert.Equal("755", Mode("."));
        Assert.True(Directory.Exists(Path.Combine(path, "empty")));
        Assert.Equal("deep", File.ReadAllText(Path.Combine(path, "deep/er/file.txt")));
        Assert.Equal(zip.Length, package.SizeBytes);

        string Mode(string name) => Convert.ToString((int)File.GetUnixFileMode(Path.Combine(path, name)), 8);
    }

    [Fact]
    public async Task Keeps_links_that_stay_inside()
    {
        var zip = Zips.Build(archive =>
        {
            Zips.Add(archive, "lib/libx.so.1", "elf");
            Zips.AddLink(archive, "lib/libx.so", "libx.so.1");
            Zips.AddLink(archive, "bin/deep/tool", "../../lib/libx.so.1");
            Zips.AddLink(archive, "current", "./lib");
        });

        using var package = await Store().AddAsync(zip, default);

        Assert.Equal("elf", File.ReadAllText(Path.Combine(PathOf(package), "bin/deep/tool")));
        Assert.Equal("elf", File.ReadAllText(Path.Combine(PathOf(package), "current/libx.so")));
    }

    public static TheoryData<string, byte[]> Hostile()
    {
        var data = new TheoryData<string, byte[]>
        {
            { "absolute path", Zips.Of(("/etc/passwd", "x")) },
            { "climbing path", Zips.Of(("../outside", "x")) },
            { "climbing in the middle", Zips.Of(("a/../../outside", "x")) },
            { "dot in the middle", Zips.Of(("a/./b", "x")) },
            { "empty name in the middle", Zips.Of(("a//b", "x")) },
            { "backslash", Zips.Of(("..\\outside", "x")) },
            { "nul", new RawZip().Add("a\0b", Bytes("x")).Build() },
            { "no name", new RawZip().Add("", Bytes("x")).Build() },
            { "name too long", Zips.Of((new string('n', 256), "x")) },
            { "path too long", Zips.Of((string.Join('/', Enumerable.Repeat(new string('n', 200), 6)), "x")) },
            { "twice the same file", Zips.Of(("a", "1"), ("a", "2")) },
            { "file where a folder is", Zips.Of(("a/b", "1"), ("a", "2")) },
            { "folder where a file is", Zips.Of(("a", "1"), ("a/b", "2")) },
            { "link to an absolute path", Link("l", "/etc/passwd") },
            { "link out of the tree", Link("l", "../x") },
            { "link out of the tree from below", Link("a/l", "../../x") },
            { "link that climbs after a name", Link("a/b/l", "c/../../../../x") },
            { "empty link", Link("l", "") },
            { "link longer than a path can be", Link("l", new string('a', 5000)) },
            { "link written through", Zips.Build(archive =>
            {
                Zips.AddLink(archive, "l", "sub");
                Zips.Add(archive, "l/file", "x");
            }) },
            { "link over a folder", Zips.Build(archive =>
            {
                Zips.Add(archive, "sub/file", "x");
                Zips.AddLink(archive, "sub", "other");
            }) },
            { "character device", Mode(0x2180) },
            { "block device", Mode(0x6180) },
            { "pipe", Mode(0x1180) },
            { "socket", Mode(0xC180) },
            { "type that does not exist", Mode(0x3180) },
            { "folder with content", new RawZip().Add("a/", Bytes("x"), mode: 0x41ED).Build() },
            { "encrypted", new RawZip().Add("a", Bytes("x"), flags: 1).Build() },
            { "unknown compression", new RawZip().Add("a", Bytes("x"), method: 99).Build() },
            { "wrong checksum", new RawZip().Add("a", Bytes("x"), checksum: 1).Build() },
            { "longer than it says", new RawZip().Add("a", new byte[5000], deflate: true, claimedLength: 10).Build() },
            { "shorter than it says", new RawZip().Add("a", Bytes("abc"), deflate: true, claimedLength: 1000).Build() },
            { "garbage", Bytes("this is no zip at all, not even nearly") },
            { "truncated", Zips.Of(("a", new string('x', 500)))[..60] },
            { "end of directory only half", Zips.Of(("a", "x"))[..^5] },
            { "too many entries", Zips.Of([.. Enumerable.Range(0, 51).Select(n => ($"f{n}", ""))]) },
            { "too many implied folders", Zips.Of((string.Join('/', Enumerable.Repeat("d", 60)), "x")) },
        };
        return data;

        static byte[] Link(string name, string target) => Zips.Build(archive => Zips.AddLink(archive, name, target));

        static byte[] Mode(int mode) => Zips.Build(archive => Zips.Add(archive, "x", "", mode));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Refuses_a_hostile_or_broken_zip_and_leaves_nothing(string what, byte[] zip)
    {
        var refused = await Assert.ThrowsAsync<AwsException>(() => Store(Small with { MaxZippedBytes = 100_000 }).AddAsync(zip, default));

        Assert.Equal((what, "InvalidParameterValueException", NotAZip), (what, refused.Error.Code, refused.Error.Message));
        Assert.Empty(FilesOnDisk());
        Assert.Empty(Directory.EnumerateDirectories(_folder.Code));
    }

    [Fact]
    public async Task Every_prefix_and_every_flipped_byte_is_taken_or_refused_but_never_crashes()
    {
        var zip = Zips.Build(archive =>
        {
            Zips.Add(archive, "a.txt", new string('x', 300), 0x81A4);
            Zips.AddLink(archive, "b", "a.txt");
        });
        var random = new Random(20260102);
        var store = Store();
        for (var round = 0; round < 400; round++)
        {
            var bytes = (byte[])zip.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var attack = round % 2 == 0 ? bytes : bytes[..random.Next(1, bytes.Length)];
            try
            {
                using var package = await store.AddAsync(attack, default);
            }
            catch (AwsException refused)
            {
                Assert.Equal(400, refused.Error.Status);
            }
        }

        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_folder.Root), path => Path.GetFileName(path) is not ("code" or "blobs"));
    }

    [Fact]
    public async Task Counts_the_bytes_that_really_come_out()
    {
        var bomb = new RawZip().Add("bomb", new byte[200_000], deflate: true, claimedLength: 5).Build();

        var refused = await Assert.ThrowsAsync<AwsException>(() => Store().AddAsync(bomb, default));

        Assert.Contains(refused.Error.Message, new[] { NotAZip, "Unzipped size must be smaller than 100000 bytes" });
        Assert.Empty(FilesOnDisk());
    }

    [Fact]
    public async Task Names_the_limit_that_the_unzipped_package_exceeds()
    {
        var zip = new RawZip().Add("a", new byte[60_000], deflate: true).Add("b", new byte[60_000], deflate: true).Build();

        var refused = await Assert.ThrowsAsync<AwsException>(() => Store().AddAsync(zip, default));

        Assert.Equal("Unzipped size must be smaller than 100000 bytes", refused.Error.Message);
    }

    [Fact]
    public async Task Names_the_limit_that_the_zip_exceeds()
    {
        var refused = await Assert.ThrowsAsync<AwsException>(() => Store().AddAsync(new byte[4097], default));

        Assert.Equal((413, "RequestEntityTooLargeException", "Zipped size must be smaller than 4096 bytes"), (refused.Error.Status, refused.Error.Code, refused.Error.Message));
    }

    [Fact]
    public async Task Says_that_an_empty_zip_is_empty()
    {
        var refused = await Assert.ThrowsAsync<AwsException>(() => Store().AddAsync(Zips.Of(), default));

        Assert.Equal("Uploaded file must be a non-empty zip", refused.Error.Message);
    }

    [Fact]
    public async Task Takes_zip64_and_bytes_before_the_archive()
    {
        using var large = await Store().AddAsync(new RawZip().Add("a", Bytes("sixty-four"), zip64: true).Build(), default);

        Assert.Equal("sixty-four", File.ReadAllText(Path.Combine(PathOf(large), "a")));
    }

    [Fact]
    public async Task Takes_names_that_start_with_dot_slash()
    {
        using var package = await Store().AddAsync(Zips.Of(("./", ""), ("./app.py", "x")), default);

        Assert.True(File.Exists(Path.Combine(PathOf(package), "app.py")));
    }

    [Fact]
    public async Task Keeps_a_package_as_long_as_somebody_uses_it()
    {
        var store = Store();
        var first = await store.AddAsync(Zips.Of(("a", "x")), default);
        var second = await store.AddAsync(Zips.Of(("a", "x")), default);
        first.Dispose();
        first.Dispose();
        store.Sweep(store.FindOnDisk());
        Assert.True(Directory.Exists(PathOf(second)) && store.Exists(second.Hash));

        second.Dispose();
        await store.WhenDeletedAsync();

        Assert.Empty(FilesOnDisk());
        Assert.False(Directory.Exists(PathOf(second)));
    }

    [Fact]
    public async Task A_package_outlives_its_last_use_by_a_minute()
    {
        var store = Store(Small with { KeepUnused = TimeSpan.FromMinutes(1) });
        var package = await store.AddAsync(Zips.Of(("a", "x")), default);
        package.Dispose();
        _time.Advance(TimeSpan.FromSeconds(59));
        using (store.Use(package.Hash))
            Assert.Equal("x", File.ReadAllText(Path.Combine(store.FolderOf(Versions.Of(package.Hash)), "a")));

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(store.Exists(package.Hash));
        var deleted = store.WhenDeletedAsync();
        while (!deleted.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.False(store.Exists(package.Hash));
    }

    [Fact]
    public async Task Unpacks_again_what_is_missing()
    {
        var store = Store();
        using var package = await store.AddAsync(Zips.Of(("a", "x")), default);
        Directory.Delete(PathOf(package), recursive: true);

        var folder = store.FolderOf(Versions.Of(package.Hash));

        Assert.Equal("x", File.ReadAllText(Path.Combine(folder, "a")));
    }

    [Fact]
    public async Task Many_uploads_of_one_package_at_once_end_in_one_folder()
    {
        var store = Store();
        var zip = Zips.Of(("a", "x"), ("b/c", "y"));

        var packages = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => store.AddAsync(zip, default))));

        Assert.Single(Directory.EnumerateDirectories(_folder.Code));
        foreach (var package in packages)
            package.Dispose();
        await store.WhenDeletedAsync();
        Assert.Empty(FilesOnDisk());
    }

    [Fact]
    public async Task Sweeps_what_a_killed_process_left()
    {
        var store = Store();
        using var used = await store.AddAsync(Zips.Of(("a", "x")), default);
        Directory.CreateDirectory(Path.Combine(_folder.Code, ".aside-0123"));
        Directory.CreateDirectory(Path.Combine(_folder.Code, new string('a', 64)));
        Directory.CreateDirectory(Path.Combine(_folder.Blobs, "aa"));
        File.WriteAllText(Path.Combine(_folder.Blobs, "aa", new string('a', 64)), "");
        File.WriteAllText(Path.Combine(_folder.Blobs, "aa", "half.tmp"), "");

        store.Sweep(store.FindOnDisk());

        Assert.Equal([PathOf(used)], Directory.EnumerateDirectories(_folder.Code));
        Assert.Single(Directory.EnumerateFiles(_folder.Blobs, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Does_not_trust_unpacked_folders_after_the_machine_went_down()
    {
        var store = Store();
        using var package = await store.AddAsync(Zips.Of(("a", "whole")), default);
        store.DistrustAfterReboot();
        Assert.False(Directory.Exists(PathOf(package)));

        store.FolderOf(Versions.Of(package.Hash));
        store.DistrustAfterReboot();

        Assert.True(Directory.Exists(PathOf(package)));
    }
}
