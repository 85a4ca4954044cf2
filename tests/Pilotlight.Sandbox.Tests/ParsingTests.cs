namespace Pilotlight.Sandbox.Tests;

public sealed class ParsingTests
{
    [Fact]
    public void Reads_a_line_of_the_mount_table()
    {
        var entry = MountTable.TryParse(@"36 35 98:0 /a /mnt/with\040space\134 rw,noatime master:1 shared:2 - cgroup2 none rw,memory");
        Assert.Equal(new MountEntry(@"/mnt/with space\", "cgroup2", "rw,memory"), entry);
    }

    [Theory]
    [InlineData("")]
    [InlineData("36 35 98:0 / /x rw")]
    [InlineData("36 35 98:0 / /x rw -")]
    [InlineData("36 35 98:0 / /x rw - ext4 /dev/sda")]
    [InlineData("- - - - - -")]
    public void Passes_over_a_line_that_is_none(string line) => Assert.Null(MountTable.TryParse(line));

    [Fact]
    public void Takes_only_name_servers_that_a_sandbox_can_reach()
    {
        var text = NameServers.Filter(
            "# made by x\nnameserver 127.0.0.53\nnameserver 10.0.0.2\n nameserver\tfe80::1%eth0\nnameserver ::1\nnameserver nonsense\noptions edns0\nsearch a b\n");
        Assert.Equal("nameserver 10.0.0.2\nnameserver\tfe80::1%eth0\noptions edns0\nsearch a b\n", text);
    }

    [Fact]
    public void Never_lets_a_link_lead_out_of_an_image()
    {
        var image = Directory.CreateTempSubdirectory().FullName;
        try
        {
            Directory.CreateDirectory(image + "/usr/bin");
            File.CreateSymbolicLink(image + "/bin", "usr/bin");
            File.CreateSymbolicLink(image + "/up", "../../../../../etc");
            File.CreateSymbolicLink(image + "/absolute", "/etc");
            File.CreateSymbolicLink(image + "/circle", "/circle");
            var tree = new ImageTree(image);
            Assert.Equal("/usr/bin/x", tree.Resolve("/bin/x"));
            Assert.Equal("/etc/x", tree.Resolve("/up/x"));
            Assert.Equal("/etc/x", tree.Resolve("/absolute/x"));
            Assert.Equal("/x", tree.Resolve("/../../x"));
            Assert.Throws<SandboxException>(() => tree.Resolve("/circle/x"));
        }
        finally
        {
            Directory.Delete(image, recursive: true);
        }
    }

    [Fact]
    public void Finds_the_host_path_of_a_path_inside()
    {
        var spec = new SandboxSpec
        {
            Id = "a",
            MemoryBytes = 1,
            CpuWeightMillicores = 1,
            TemporaryStorageBytes = 1,
            Mounts = [new("/data/code", "/var/task"), new("/data/layer", "/opt"), new("/data/inner", "/opt/inner"), new("/data/lang", "/var/lang")],
            Links = new Dictionary<string, string> { ["/var/lang/bin/python3"] = "/usr/bin/python3.11", ["/var/python"] = "lang/bin/python3" },
        };
        var paths = new ProcessPaths(spec, "/disk/tmp");
        Assert.Equal("/data/code", paths.OnHost("/var/task"));
        Assert.Equal("/data/code/a/b", paths.OnHost("/var/task/a/b"));
        Assert.Equal("/var/tasks", paths.OnHost("/var/tasks"));
        Assert.Equal("/data/inner/x", paths.OnHost("/opt/inner/x"));
        Assert.Equal("/data/layer/x", paths.OnHost("/opt/x"));
        Assert.Equal("/usr/bin/python3.11", paths.OnHost("/var/lang/bin/python3"));
        Assert.Equal("/usr/bin/python3.11", paths.OnHost("/var/python"));
        Assert.Equal("/disk/tmp/x", paths.OnHost("/tmp/x"));
        Assert.Equal("/usr/bin/env", paths.OnHost("/usr/bin/env"));
    }
}
