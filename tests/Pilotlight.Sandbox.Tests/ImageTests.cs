using System.Diagnostics;

namespace Pilotlight.Sandbox.Tests;

/// <summary>Sandboxes with a root file system of their own: a shell and its libraries, laid out by a stranger.</summary>
public sealed class ImageTests(CrunDriver driver)
{
    [Fact]
    public async Task Runs_in_an_image_without_writing_to_it_or_following_its_links()
    {
        await driver.OpenAsync();
        var image = Directory.CreateTempSubdirectory("pilotlight-image-").FullName;
        try
        {
            File.SetUnixFileMode(image, (UnixFileMode)0x1ed);
            CopyWithLibraries("/bin/sh", image);
            CopyWithLibraries("/bin/cat", image);
            Directory.CreateDirectory(image + "/data");
            await File.WriteAllTextAsync(image + "/data/of-the-image", "its own", TestContext.Current.CancellationToken);
            // Where the driver has to put things, links try to lead it to the host's folders.
            File.CreateSymbolicLink(image + "/var", "/../../../../../../tmp");
            File.CreateSymbolicLink(image + "/opt", "/etc/nowhere");
            var before = Listing(image);

            await using (var inside = await driver.StartAsync(spec => spec with
            {
                RootFileSystem = image,
                Mounts = [new("/usr/share/doc", "/var/task"), new("/usr/share/doc", "/opt")],
                Links = new Dictionary<string, string> { ["/data/link"] = "of-the-image" },
            }))
            {
                Assert.Equal("its own", await inside.ShellAsync("cat /data/link"));
                Assert.Equal("refused", await inside.ShellAsync("(echo x > /data/x) 2>/dev/null || echo refused"));
                Assert.Equal("none", await inside.ShellAsync("[ -e /usr/share/zoneinfo ] || echo none"));
                Assert.Contains("localhost", await inside.ShellAsync("cat /etc/hosts"));
                Assert.Equal("written", await inside.ShellAsync("echo written > /tmp/x && cat /tmp/x"));
            }
            Assert.Equal(before, Listing(image));
            Assert.False(Path.Exists("/tmp/task"));
            Assert.False(Path.Exists("/etc/nowhere"));
        }
        finally
        {
            Directory.Delete(image, recursive: true);
        }
    }

    static string[] Listing(string folder) =>
    [
        .. Directory.GetFileSystemEntries(
            folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Order(),
    ];

    static void CopyWithLibraries(string program, string image)
    {
        using var ldd = Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true })!;
        var files = ldd.StandardOutput.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith('/'));
        foreach (var file in files.Append(program))
        {
            Directory.CreateDirectory(image + Path.GetDirectoryName(file));
            File.Copy(file, image + file, overwrite: true);
        }
    }
}
