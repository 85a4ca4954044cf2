namespace Pilotlight.Sandbox.Tests;

public sealed class IsolationTests(CrunDriver driver)
{
    [Fact]
    public async Task Runs_as_an_unprivileged_user_without_capabilities()
    {
        await using var inside = await driver.StartAsync();
        var status = await inside.ShellAsync("id -un; id -u; cat /proc/self/status");
        Assert.StartsWith("sbx_user1051\n993\n", status);
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
            Assert.Contains($"{set}:\t0000000000000000", status);
        Assert.Contains("NoNewPrivs:\t1", status);
        Assert.Contains("Seccomp:\t2", status);
        Assert.Contains("SigBlk:\t0000000000000000", status);
    }

    [Fact]
    public async Task Its_user_is_nobody_on_the_host_and_another_than_its_neighbours()
    {
        await using var one = await driver.StartAsync();
        await using var other = await driver.StartAsync();
        var maps = new[] { await one.ShellAsync("cat /proc/self/uid_map"), await other.ShellAsync("cat /proc/self/uid_map") };
        var first = maps.Select(map => uint.Parse(map.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])).ToArray();
        Assert.All(first, user => Assert.True(user >= 0x20000000));
        Assert.NotEqual(first[0], first[1]);
    }

    [Theory]
    [InlineData("/var/x")]
    [InlineData("/usr/x")]
    [InlineData("/etc/x")]
    [InlineData("/var/task/x")]
    [InlineData("/dev/x")]
    [InlineData("/proc/sys/kernel/hostname")]
    public async Task Cannot_write_outside_of_its_temporary_folder(string path)
    {
        await using var inside = await driver.StartAsync();
        Assert.Contains("refused", await inside.ShellAsync($"(echo x > {path}) 2>/dev/null || echo refused"));
    }

    [Fact]
    public async Task Can_write_and_execute_in_its_temporary_folder()
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal("1777\nran", await inside.ShellAsync("stat -c %a /tmp; printf '#!/bin/sh\\necho ran' > /tmp/x; chmod +x /tmp/x; /tmp/x"));
    }

    // The numbers are those of x86-64.
    [Theory]
    [InlineData("mount", 165, "0,0,0,0,0", 1)]
    [InlineData("umount2", 166, "0,0", 1)]
    [InlineData("pivot_root", 155, "0,0", 1)]
    [InlineData("chroot", 161, "0", 1)]
    [InlineData("unshare user namespace", 272, "0x10000000", 1)]
    [InlineData("setns", 308, "0,0", 1)]
    [InlineData("clone with a user namespace", 56, "0x10000011,0,0,0,0", 38)]
    [InlineData("clone3", 435, "0,0", 38)]
    [InlineData("keyctl", 250, "0,0,0", 1)]
    [InlineData("add_key", 248, "0,0,0,0,0", 1)]
    [InlineData("bpf", 321, "0,0,0", 1)]
    [InlineData("perf_event_open", 298, "0,0,0,0,0", 1)]
    [InlineData("kexec_load", 246, "0,0,0,0", 1)]
    [InlineData("init_module", 175, "0,0,0", 1)]
    [InlineData("reboot", 169, "0,0,0,0", 1)]
    [InlineData("userfaultfd", 323, "0", 1)]
    [InlineData("io_uring_setup", 425, "8,0", 1)]
    [InlineData("open_by_handle_at", 304, "0,0,0", 1)]
    [InlineData("fsopen", 430, "0,0", 1)]
    [InlineData("syslog", 103, "2,0,0", 1)]
    [InlineData("socket of the hypervisor", 41, "40,1,0", 38)]
    [InlineData("packet socket", 41, "17,3,0", 38)]
    [InlineData("kernel crypto socket", 41, "38,5,0", 38)]
    [InlineData("audit socket", 41, "16,3,9", 38)]
    [InlineData("an unknown call", 999, "0", 38)]
    public async Task Refuses_a_dangerous_system_call(string name, int number, string arguments, int error)
    {
        Assert.NotEmpty(name);
        await using var inside = await driver.StartAsync();
        var answer = await inside.PythonAsync(
            $"import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall({number},{arguments}), ctypes.get_errno())");
        Assert.Equal($"-1 {error}", answer);
    }

    [Fact]
    public async Task Sees_no_process_but_its_own()
    {
        await using var inside = await driver.StartAsync();
        var processes = await inside.ShellAsync("for p in /proc/[0-9]*; do read name < $p/comm; echo $name; done");
        Assert.Equal(["init", "sh"], processes.Split('\n').Order());
    }

    [Fact]
    public async Task Sees_no_file_of_the_host()
    {
        await using var inside = await driver.StartAsync();
        var listing = await inside.ShellAsync("ls -A / /home /root /run /mnt /opt /var; cat /etc/passwd; ls /proc/1/root 2>&1");
        foreach (var name in new[] { "work", "pilotlight", "shadow", "hostname", Environment.MachineName })
            Assert.DoesNotContain(name, listing);
        Assert.Contains("cannot access '/proc/1/root'", listing);
        Assert.Equal("refused", await inside.ShellAsync("cat /etc/shadow /proc/kcore /proc/kallsyms 2>/dev/null | grep -q . || echo refused"));
    }

    [Fact]
    public async Task Cannot_reach_an_abstract_socket_of_the_host()
    {
        var name = $"pilotlight-test-{Environment.ProcessId}";
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint("\0" + name));
        socket.Listen(1);
        await using var inside = await driver.StartAsync();
        Assert.Equal("refused", await inside.PythonAsync($$"""
            import socket
            try:
                socket.socket(socket.AF_UNIX).connect("\0{{name}}"); print("connected")
            except ConnectionRefusedError:
                print("refused")
            """));
    }

    [Fact]
    public async Task Cannot_touch_the_guest()
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal("refused refused refused refused", await inside.PythonAsync("""
            import ctypes, os
            c = ctypes.CDLL(None, use_errno=True)
            answers = ["traced" if c.ptrace(16, 1, 0, 0) == 0 else "refused"]
            for name in ("fd", "mem", "environ"):
                try:
                    (os.listdir if name == "fd" else open)("/proc/1/" + name); answers.append("opened")
                except PermissionError:
                    answers.append("refused")
            for signal in (1, 2, 3, 9, 10, 12, 13, 15, 17, 19):
                os.kill(1, signal)
            print(*answers)
            """));
        Assert.Equal("still there", await inside.ShellAsync("echo still there"));
        Assert.False(inside.Sandbox.Ended.IsCompleted);
    }

    [Fact]
    public async Task Gives_nothing_but_standard_streams_and_the_telemetry_pipe()
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal("['0', '1', '2', '62']", await inside.PythonAsync("import os; print(sorted(x for x in os.listdir('/proc/self/fd') if x != '3'))"));
        Assert.Equal("/dev/null", await inside.ShellAsync("readlink /proc/self/fd/0"));
    }

    [Fact]
    public async Task Lowers_the_limits_of_open_files_locked_memory_and_core_dumps()
    {
        await using var inside = await driver.StartAsync();
        Assert.Equal("1024 1024 64 0", await inside.ShellAsync("echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -Hl) $(ulimit -Hc)"));
    }

    [Fact]
    public async Task Leaves_the_hosts_null_device_to_its_owner()
    {
        await using var inside = await driver.StartAsync();
        await inside.ShellAsync("true");
        var owner = await inside.ShellAsync("stat -c %u /dev/null");
        Assert.Equal("65534", owner); // The host's root, whom nobody inside is.
    }
}
