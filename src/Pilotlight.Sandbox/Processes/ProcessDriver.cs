namespace Pilotlight.Sandbox;

/// <summary>No isolation: for machines that can do no better, and for their owner's own code.</summary>
sealed class ProcessDriver : ISandboxDriver
{
    static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);
    static readonly Dictionary<string, string> GuestEnvironment = new() { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };

    readonly Instance _instance;
    readonly ControlGroupLayout _layout;
    readonly ControlGroupTree _groups;
    readonly string _guestPath;
    readonly TimeProvider _time;
    readonly ExitWatcher _exits = new();
    readonly SandboxRegister _sandboxes = new();
    readonly List<string> _limitations =
    [
        "Functions are not isolated: they run as the server's user and see this machine's files, processes and network."
            + " Start the server as root with an OCI runtime installed (apt-get install crun).",
        "Limits of memory, processes and processor time are not held, and an out-of-memory end is not told from a crash.",
        "/tmp is a private folder without a limit, at another path; code that says /tmp by name uses the machine's own.",
    ];

    public ProcessDriver(Instance instance, ControlGroupLayout layout, string guestPath, TimeProvider time, IEnumerable<string> failures)
    {
        (_instance, _layout, _guestPath, _time) = (instance, layout, Path.GetFullPath(guestPath), time);
        _groups = new(layout, instance.Name, time);
        _limitations.AddRange(failures);
        if (!Posix.IsRoot || layout.FreezerRoot is null)
            _limitations.Add("Idle functions are not frozen: they may use the processor between invocations.");
    }

    public string Name => "process";

    public bool CanAssign => false;

    public IReadOnlyList<string> Limitations => _limitations;

    public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellation) =>
        _sandboxes.CreateAsync(spec, cleanUp => CreateAsync(spec, cleanUp, cancellation));

    async Task<ISandbox> CreateAsync(SandboxSpec spec, CleanUp cleanUp, CancellationToken cancellation)
    {
        if (spec.RootFileSystem is not null)
            throw new SandboxException("a root file system of its own needs the container driver: start the server as root, with crun installed");
        var temporary = Path.Combine(_instance.DiskFolder, "tmp", spec.Id);
        cleanUp.Add(() => Directory.Delete(temporary, recursive: true));
        Directory.CreateDirectory(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var (ends, descriptors) = GuestDescriptors.Create();
        using var _ = descriptors;
        HostProcess guest;
        try
        {
            guest = HostProcess.Start(_guestPath, ["pilotlight-guest"], GuestEnvironment, descriptors.Inherited, _exits);
        }
        catch
        {
            ends.Dispose();
            throw;
        }
        // Before it has started anything: children are born in its group.
        ControlGroup? group = null;
        if (_groups.TryAdopt(spec.Id, guest.Id))
        {
            cleanUp.Add(() => _groups.RemoveAsync(spec.Id));
            group = ControlGroup.Open(_layout, _groups.PathOf(spec.Id));
            cleanUp.Add(group);
        }
        var channel = new GuestChannel(ends.Control);
        var sandbox = new ProcessSandbox(spec.Id, ends, channel, guest, group, new(spec, temporary), _time, cleanUp);
        descriptors.Dispose();
        try
        {
            await channel.Ready.WaitAsync(LongestStart, _time, cancellation);
            return sandbox;
        }
        catch (Exception e)
        {
            ends.Output.Dispose();
            ends.Telemetry.Dispose();
            ends.Aside.Dispose();
            if (e is TimeoutException)
                throw new SandboxException($"the guest did not answer within {LongestStart.TotalSeconds} s; is {_guestPath} built for this machine?", e);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!await _sandboxes.CloseAsync())
            return;
        await _groups.ClearAsync();
        _exits.Dispose();
        _instance.Remove();
    }
}
