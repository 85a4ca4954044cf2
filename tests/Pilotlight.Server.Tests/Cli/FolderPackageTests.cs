using System.Diagnostics;
using System.IO.Compression;
using Pilotlight.Cli;

namespace Pilotlight.Tests.Cli;

public sealed class FolderPackageTests : IDisposable
{
    readonly FolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keeps_executable_bits_and_lets_everybody_read()
    {
        _folder.Executable("bootstrap", "#!/bin/sh\n");
        _folder.File("secret.txt", "x", UnixFileMode.UserRead);

        var entries = Entries();

        Assert.Equal(0b1000_000_111_101_101, Mode(entries["bootstrap"]));
        Assert.Equal(0b1000_000_110_100_100, Mode(entries["secret.txt"]));
    }

    [Fact]
    public void Leaves_out_what_is_no_part_of_a_function()
    {
        _folder.File("index.mjs", "x");
        _folder.File(".git/HEAD", "x");
        _folder.File("package/__pycache__/a.pyc", "x");
        _folder.File("node_modules/.cache/a", "x");
        _folder.File("node_modules/left/index.js", "x");
        _folder.File("pilotlight.json", "{}");
        _folder.File("package/pilotlight.json", "{}");
        _folder.File(".env", "x");

        Assert.Equal([".env", "index.mjs", "node_modules/left/index.js", "package/pilotlight.json"], Entries().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_same_files_give_the_same_bytes()
    {
        using var other = new FolderFixture();
        foreach (var folder in new[] { _folder, other })
        {
            folder.File("b.txt", "b");
            folder.File("a/c.txt", "c");
        }

        File.SetLastWriteTimeUtc(Path.Combine(other.Path, "b.txt"), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));

        Assert.Equal(FolderPackage.Pack(_folder.Path), FolderPackage.Pack(other.Path));
    }

    [Fact]
    public void A_link_inside_stays_a_link()
    {
        _folder.File("lib/real.so", "so");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "lib/link.so"), "real.so");

        var link = Entries()["lib/link.so"];

        Assert.Equal(0b1010_000_111_111_111, Mode(link));
        Assert.Equal("real.so"u8.ToArray(), link.Content);
    }

    [Fact]
    public void A_link_to_a_file_outside_takes_the_file()
    {
        using var outside = new FolderFixture();
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "data.txt"), outside.File("data.txt", "outside"));

        Assert.Equal("outside"u8.ToArray(), Entries()["data.txt"].Content);
    }

    [Fact]
    public void A_link_to_a_folder_outside_or_to_nothing_is_refused()
    {
        var link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, "/etc");
        Assert.Throws<CliException>(() => FolderPackage.Pack(_folder.Path));
        File.Delete(link);
        File.CreateSymbolicLink(link, "../nowhere");
        Assert.Throws<CliException>(() => FolderPackage.Pack(_folder.Path));
    }

    [Fact]
    public void A_pipe_does_not_hold_up_the_packing()
    {
        using (var process = Process.Start("mkfifo", [Path.Combine(_folder.Path, "pipe")]))
            process.WaitForExit();

        Assert.Empty(Entries()["pipe"].Content);
    }

    [Fact]
    public void Refuses_more_than_a_function_may_have()
    {
        _folder.File("a", "12345");
        _folder.File("b", "12345");

        Assert.NotEmpty(FolderPackage.Pack(_folder.Path, maxBytes: 10));
        Assert.Throws<CliException>(() => FolderPackage.Pack(_folder.Path, maxBytes: 9));
    }

    static int Mode((int Attributes, byte[] Content) entry) => (entry.Attributes >> 16) & 0xFFFF;

    Dictionary<string, (int Attributes, byte[] Content)> Entries()
    {
        using var zip = new ZipArchive(new MemoryStream(FolderPackage.Pack(_folder.Path)));
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = entry.Open();
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            return (entry.ExternalAttributes, copy.ToArray());
        });
    }
}
