using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Pilotlight.Guest;

namespace Pilotlight.Sandbox;

/// <summary>
/// The host's side of the conversation with one guest. Everything it hears is hostile: a frame that is impossible, or impossible
/// now, closes the conversation, and with it the sandbox.
/// </summary>
sealed class GuestChannel : IAsyncDisposable
{
    // More starts than these at once are no one's honest wish.
    const int LargestQueue = 1024;

    readonly Socket _socket;
    readonly Lock _gate = new();
    readonly Dictionary<int, Pending> _pending = [];
    readonly Dictionary<int, GuestProcess> _alive = [];
    readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(LargestQueue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Task _sending;
    int _lastRequest;
    bool _closed;

    public GuestChannel(Socket socket)
    {
        _socket = socket;
        Closed = ReceiveAsync();
        _sending = SendAsync();
    }

    /// <summary>Completes when the guest has said that it is there; faults when it went without.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes, never faulted, when the guest has gone or was found lying.</summary>
    public Task Closed { get; }

    /// <summary>The processes that had not ended when the guest went, in the guest's numbers.</summary>
    public IReadOnlyList<int> Abandoned { get; private set; } = [];

    public async Task<SandboxProcess> StartAsync(ProcessSpec spec, CancellationToken cancellation)
    {
        Pending pending;
        int request;
        lock (_gate)
        {
            if (_closed)
                throw Gone();
            request = ++_lastRequest;
            pending = new(spec);
            _pending.Add(request, pending);
        }
        try
        {
            if (!_outgoing.Writer.TryWrite(HostFrames.Start(request, spec)))
                throw Gone();
        }
        catch
        {
            lock (_gate)
                _pending.Remove(request);
            throw;
        }
        // Whoever gives up waiting has lost a process that may start all the same: it is killed as soon as it is known.
        using var giveUp = cancellation.UnsafeRegister(static (state, token) => ((Pending)state!).Started.TrySetCanceled(token), pending);
        return await pending.Started.Task;
    }

    public void Send(byte[] frame) => _outgoing.Writer.TryWrite(frame);

    async Task SendAsync()
    {
        try
        {
            await foreach (var frame in _outgoing.Reader.ReadAllAsync())
            {
                for (var sent = 0; sent < frame.Length;)
                    sent += await _socket.SendAsync(frame.AsMemory(sent), SocketFlags.None);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The receiving side meets the same and closes.
        }
    }

    async Task ReceiveAsync()
    {
        // On the pool, so that the constructor returns.
        await Task.Yield();
        var buffer = new byte[1024];
        var filled = 0;
        try
        {
            int count;
            while ((count = await _socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None)) > 0)
            {
                filled += count;
                var taken = HandleAll(buffer.AsSpan(0, filled));
                if (taken < 0)
                    break;
                buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
                filled -= taken;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone, as by end of file.
        }
        Close();
    }

    int HandleAll(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        while (true)
        {
            var length = GuestFrame.TryRead(bytes[taken..], out var frame);
            if (length == 0)
                return taken;
            if (length < 0 || !Handle(frame))
                return -1;
            taken += length;
        }
    }

    bool Handle(GuestFrame frame) => frame.Kind switch
    {
        GuestProtocol.Ready => _ready.TrySetResult(),
        GuestProtocol.Started => HandleStarted(frame.A, frame.B),
        GuestProtocol.Failed => HandleFailed(frame.A, (byte)frame.B, frame.C),
        GuestProtocol.Exited => HandleExited(frame.A, new ExitStatus(frame.B, frame.C)),
        _ => false,
    };

    bool HandleStarted(int request, int pid)
    {
        Pending? pending;
        GuestProcess process;
        lock (_gate)
        {
            if (!_pending.Remove(request, out pending))
                return false;
            process = new(pid, this);
            if (!_alive.TryAdd(pid, process))
                return false;
        }
        if (!pending.Started.TrySetResult(process))
            process.Signal(Posix.SIGKILL);
        return true;
    }

    bool HandleFailed(int request, byte stage, int error)
    {
        Pending? pending;
        lock (_gate)
        {
            if (!_pending.Remove(request, out pending))
                return false;
        }
        var path = stage == GuestProtocol.FolderStage ? pending.Spec.WorkingDirectory : pending.Spec.Path;
        pending.Started.TrySetException(new SandboxExecException(path, error, $"{path}: {Marshal.GetPInvokeErrorMessage(error)}"));
        return true;
    }

    bool HandleExited(int pid, ExitStatus status)
    {
        GuestProcess? process;
        lock (_gate)
        {
            if (!_alive.Remove(pid, out process))
                return false;
        }
        process.SetExited(status);
        return true;
    }

    void Close()
    {
        Pending[] pending;
        GuestProcess[] alive;
        lock (_gate)
        {
            _closed = true;
            pending = [.. _pending.Values];
            alive = [.. _alive.Values];
            _pending.Clear();
            _alive.Clear();
            Abandoned = [.. alive.Select(process => process.Id)];
        }
        _outgoing.Writer.TryComplete();
        _ready.TrySetException(Gone());
        _ = _ready.Task.Exception; // Observed: nobody may be waiting any more.
        foreach (var start in pending)
            start.Started.TrySetException(Gone());
        foreach (var process in alive)
            process.SetExited(new(0, Posix.SIGKILL));
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await Closed;
        await _sending;
    }

    static SandboxException Gone() => new("the sandbox has ended");

    sealed class Pending(ProcessSpec spec)
    {
        public ProcessSpec Spec => spec;
        public TaskCompletionSource<SandboxProcess> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
