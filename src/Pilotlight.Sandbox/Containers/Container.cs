using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>A running container. Its guest is the first process of its pid namespace: nothing inside outlives it.</summary>
sealed class Container : ISandbox
{
    readonly Lock _gate = new();
    readonly GuestEnds _ends;
    readonly GuestChannel _channel;
    readonly HostProcess _first;
    readonly ControlGroup _group;
    readonly NetworkNamespace _network;
    readonly CleanUp _cleanUp;
    bool _isKilled;

    /// <param name="cleanUp">Undoes everything outside of the container itself.</param>
    public Container(
        string id, GuestEnds ends, GuestChannel channel, HostProcess first, ControlGroup group, NetworkNamespace network, CleanUp cleanUp)
    {
        Id = id;
        (_ends, _channel, _first, _group, _network, _cleanUp) = (ends, channel, first, group, network, cleanUp);
        cleanUp.Add(group);
        cleanUp.Add(first);
        cleanUp.Add(channel);
        cleanUp.Add(KillAsync);
        Ended = EndAsync();
    }

    public string Id { get; }

    public SafeFileHandle Output => _ends.Output;

    public SafeFileHandle Telemetry => _ends.Telemetry;

    public SafeFileHandle AsideOutput => _ends.Aside;

    public Task Ended { get; }

    /// <summary>The guest, by its number on the host.</summary>
    internal int FirstProcess => _first.Id;

    public Socket Listen(int port) => _network.Listen(new IPEndPoint(IPAddress.Loopback, port));

    public Socket OpenSocket() => _network.OpenSocket();

    public string PathInside(string path) => path;

    public Task<SandboxProcess> StartAsync(ProcessSpec spec, CancellationToken cancellation) => _channel.StartAsync(spec, cancellation);

    public void Assign(SandboxAssignment assignment)
    {
        _group.SetLimits(assignment);
        MountNamespace.Bind(_first.Id, assignment.Mounts);
    }

    public void Freeze()
    {
        lock (_gate)
        {
            // Frozen, it could not die.
            if (!_isKilled)
                _group.Freeze();
        }
    }

    public void Thaw() => _group.Thaw();

    public MemoryUsage ReadMemory() => _group.ReadMemory();

    public long ReadPeakMemory() => _group.ReadPeakMemory();

    public void ResetPeakMemory() => _group.ResetPeakMemory();

    public TimeSpan ReadCpuTime() => _group.ReadCpuTime();

    /// <summary>A guest that is gone, or was found lying, takes all with it.</summary>
    async Task EndAsync()
    {
        await Task.WhenAny(_channel.Closed, _first.Ended);
        Kill();
        await _first.Ended;
        await _channel.Closed;
    }

    void Kill()
    {
        lock (_gate)
        {
            _isKilled = true;
            // In this order nothing inside runs another instruction.
            _first.Signal(Posix.SIGKILL);
            _group.Thaw();
        }
    }

    Task KillAsync()
    {
        Kill();
        return Ended;
    }

    public async ValueTask DisposeAsync() => await _cleanUp.RunAsync();
}
