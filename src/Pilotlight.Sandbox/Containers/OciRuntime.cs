namespace Pilotlight.Sandbox;

/// <summary>An OCI runtime, such as crun or runc, and how a container is started with it.</summary>
sealed class OciRuntime(string path, string stateFolder, LaunchThread launches, ExitWatcher exits, TimeProvider time)
{
    static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);
    static readonly Dictionary<string, string> Environment = new() { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

    public string Name => Path.GetFileName(path);

    /// <summary>The runtimes to try, best first, for a setting: those of them that are here.</summary>
    public static IReadOnlyList<string> Find(string setting)
    {
        string[] names = setting == "auto" ? ["crun", "runc"] : [setting];
        return [.. names.Select(Locate).OfType<string>()];
    }

    static string? Locate(string name)
    {
        if (name.Contains('/'))
            return File.Exists(name) ? name : null;
        var folders = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(Environment["PATH"].Split(':'));
        return folders.Where(folder => folder.StartsWith('/')).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>
    /// Starts a container and leaves it running without a process of the runtime beside it. The first process inside, by its number here.
    /// </summary>
    public async Task<HostProcess> StartAsync(string id, string bundle, GuestDescriptors descriptors, string controlGroup)
    {
        var log = Path.Combine(bundle, "log");
        var pidFile = Path.Combine(bundle, "pid");
        string[] arguments =
        [
            Name, "--root", stateFolder, "--log", log, "run", "--detach", "--bundle", bundle, "--pid-file", pidFile, "--preserve-fds", "3", id,
        ];
        using var runtime = await launches.RunAsync(() => HostProcess.Start(path, arguments, Environment, descriptors.Inherited, exits));
        var reaping = runtime.ReapAsync();
        try
        {
            await reaping.WaitAsync(LongestStart, time);
        }
        catch (TimeoutException)
        {
            runtime.Signal(Posix.SIGKILL);
        }
        var code = await reaping;
        if (code != 0)
            throw new SandboxException($"{Name} could not start a sandbox (code {code}): {ReadLog(log)}");
        var pid = int.Parse(await File.ReadAllTextAsync(pidFile), System.Globalization.CultureInfo.InvariantCulture);
        var first = HostProcess.TryOpen(pid, exits) ?? throw new SandboxException("the guest ended at once");
        // The number may have been given to another process since; only ours is in our group.
        if (!IsInGroup(pid, controlGroup))
        {
            first.Dispose();
            throw new SandboxException("the guest ended at once");
        }
        return first;
    }

    /// <summary>Forgets a container whose processes are gone, as <c>delete</c> would, without a process for it.</summary>
    public void Forget(string id)
    {
        var folder = Path.Combine(stateFolder, id);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    static bool IsInGroup(int pid, string controlGroup)
    {
        try
        {
            return File.ReadAllLines($"/proc/{pid}/cgroup").Any(line => line.EndsWith(controlGroup, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static string ReadLog(string log)
    {
        try
        {
            var text = File.ReadAllText(log).Trim();
            return text.Length == 0 ? "it gave no reason" : text[^Math.Min(text.Length, 600)..];
        }
        catch (IOException)
        {
            return "it gave no reason";
        }
    }
}
