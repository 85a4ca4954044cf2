using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>Processes of this machine, held together only by the guest that started them.</summary>
sealed class ProcessSandbox : ISandbox
{
    static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    readonly GuestEnds _ends;
    readonly GuestChannel _channel;
    readonly HostProcess _guest;
    readonly ControlGroup? _group;
    readonly ProcessPaths _paths;
    readonly TimeProvider _time;
    readonly CleanUp _cleanUp;
    long _seenPeak;
    bool _isKilled;

    /// <param name="group">A group that can freeze, or null.</param>
    /// <param name="cleanUp">Undoes everything outside of the processes themselves.</param>
    public ProcessSandbox(
        string id, GuestEnds ends, GuestChannel channel, HostProcess guest, ControlGroup? group, ProcessPaths paths, TimeProvider time, CleanUp cleanUp)
    {
        Id = id;
        (_ends, _channel, _guest, _group, _paths, _time, _cleanUp) = (ends, channel, guest, group, paths, time, cleanUp);
        cleanUp.Add(guest);
        cleanUp.Add(EndNowAsync);
        Ended = EndAsync();
    }

    public string Id { get; }

    public SafeFileHandle Output => _ends.Output;

    public SafeFileHandle Telemetry => _ends.Telemetry;

    public SafeFileHandle AsideOutput => _ends.Aside;

    public Task Ended { get; }

    internal int Guest => _guest.Id;

    public void Assign(SandboxAssignment assignment) => throw new SandboxException("processes cannot be given other limits and folders later");

    public Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Every sandbox shares the host's loopback: the port asked for cannot be had twice.
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen(512);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Socket OpenSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public string PathInside(string path) => _paths.OnHost(path);

    public Task<SandboxProcess> StartAsync(ProcessSpec spec, CancellationToken cancellation) => _channel.StartAsync(spec, cancellation);

    public void Freeze()
    {
        lock (_gate)
        {
            if (!_isKilled)
                _group?.Freeze();
        }
    }

    public void Thaw() => _group?.Thaw();

    public MemoryUsage ReadMemory()
    {
        var (resident, peak) = ProcessTree.ReadMemory(ProcessTree.Descendants(_guest.Id));
        lock (_gate)
        {
            _seenPeak = Math.Max(_seenPeak, Math.Max(resident, peak));
            return new(resident, _seenPeak, 0);
        }
    }

    public long ReadPeakMemory() => ReadMemory().PeakBytes;

    public void ResetPeakMemory()
    {
        ProcessTree.ResetPeaks(ProcessTree.Descendants(_guest.Id));
        lock (_gate)
            _seenPeak = 0;
    }

    public TimeSpan ReadCpuTime() => ProcessTree.ReadCpuTime([_guest.Id, .. ProcessTree.Descendants(_guest.Id)]);

    async Task EndAsync()
    {
        await Task.WhenAny(_channel.Closed, _guest.Ended);
        lock (_gate)
        {
            _isKilled = true;
            _group?.Thaw();
        }
        // With the socket closed the guest kills its descendants and ends.
        await _channel.DisposeAsync();
        try
        {
            await _guest.Ended.WaitAsync(LongestEnd, _time);
        }
        catch (TimeoutException)
        {
            _guest.Signal(Posix.SIGKILL);
        }
        var code = await _guest.ReapAsync();
        if (code is 0)
            return;
        // It did not come to do that itself.
        foreach (var pid in _channel.Abandoned)
            _ = Posix.kill(-pid, Posix.SIGKILL);
    }

    async Task EndNowAsync()
    {
        await _channel.DisposeAsync();
        await Ended;
    }

    public async ValueTask DisposeAsync() => await _cleanUp.RunAsync();
}
