using System.Buffers.Binary;

namespace Pilotlight.Guest;

/// <summary>
/// Every process the host asked for, from its start to the report of its end; and the reaping of whatever else is orphaned inside.
/// </summary>
sealed unsafe class ChildProcesses
{
    // Held from before a process is made until its Started is on the socket, so that its Exited cannot overtake it, and across
    // a kill, so that the number cannot have been reaped and given to another process.
    readonly Lock _gate = new();
    readonly HashSet<int> _alive = [];
    readonly int _null;
    readonly int _wake = Libc.eventfd(0, 0x80000);
    readonly byte[] _frame = GC.AllocateUninitializedArray<byte>(GuestProtocol.HeaderLength + GuestProtocol.LargestGuestPayload, pinned: true);

    public ChildProcesses()
    {
        fixed (byte* path = "/dev/null\0"u8)
            _null = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
    }

    public void Start(uint request, byte* path, byte* folder, byte** argv, byte** envp, bool isAside)
    {
        var folderDescriptor = Libc.open(folder, Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (folderDescriptor < 0)
        {
            ReportFailed(request, GuestProtocol.FolderStage, Libc.LastError);
            return;
        }
        lock (_gate)
        {
            var error = Spawn(folderDescriptor, path, argv, envp, isAside, out var pid);
            if (error == 0)
            {
                _alive.Add(pid);
                ReportLocked(GuestProtocol.Started, [(int)request, pid]);
            }
            else
            {
                ReportFailed(request, GuestProtocol.ExecuteStage, error);
            }
        }
        _ = Libc.close(folderDescriptor);
        ulong one = 1;
        _ = Libc.write(_wake, (byte*)&one, 8);
    }

    /// <summary>The errno of the fork or of <c>execve</c> itself, exactly: posix_spawn returns what the child met.</summary>
    int Spawn(int folder, byte* path, byte** argv, byte** envp, bool isAside, out int pid)
    {
        // Larger than glibc's and musl's structures (336, 80 and 128 bytes).
        var attributes = stackalloc byte[512];
        var actions = stackalloc byte[256];
        var signals = stackalloc byte[128];
        _ = Libc.posix_spawnattr_init(attributes);
        _ = Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSID | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK);
        _ = Libc.sigemptyset(signals);
        _ = Libc.posix_spawnattr_setsigmask(attributes, signals);
        _ = Libc.sigfillset(signals);
        _ = Libc.posix_spawnattr_setsigdefault(attributes, signals);
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawn_file_actions_adddup2(actions, _null, 0);
        if (isAside)
        {
            _ = Libc.posix_spawn_file_actions_adddup2(actions, GuestProtocol.AsideDescriptor, 1);
            _ = Libc.posix_spawn_file_actions_adddup2(actions, GuestProtocol.AsideDescriptor, 2);
        }
        else
        {
            _ = Libc.posix_spawn_file_actions_adddup2(actions, GuestProtocol.TelemetryDescriptor, GuestProtocol.ChildTelemetryDescriptor);
        }
        _ = Libc.posix_spawn_file_actions_addfchdir_np(actions, folder);
        int child;
        var error = Libc.posix_spawn(&child, path, actions, attributes, argv, envp);
        _ = Libc.posix_spawn_file_actions_destroy(actions);
        pid = child;
        return error;
    }

    public void Signal(int pid, int signal)
    {
        lock (_gate)
        {
            if (_alive.Contains(pid))
                _ = Libc.kill(pid, signal);
        }
    }

    /// <summary>Body of the reaping thread. Never returns.</summary>
    public void Reap()
    {
        while (true)
        {
            int status;
            var pid = Libc.waitpid(-1, &status, Libc.WALL);
            if (pid > 0)
            {
                Ended(pid, status);
            }
            else if (Libc.LastError == Libc.ECHILD)
            {
                // No children now, and so none to come until the next start.
                ulong count;
                _ = Libc.read(_wake, (byte*)&count, 8);
            }
        }
    }

    void Ended(int pid, int status)
    {
        var signal = status & 0x7f;
        lock (_gate)
        {
            if (_alive.Remove(pid))
                ReportLocked(GuestProtocol.Exited, [pid, signal == 0 ? (status >> 8) & 0xff : 0, signal]);
        }
    }

    public void Report(byte kind, int value)
    {
        lock (_gate)
            ReportLocked(kind, [value]);
    }

    void ReportFailed(uint request, byte stage, int error)
    {
        lock (_gate)
        {
            var payload = _frame.AsSpan(GuestProtocol.HeaderLength);
            BinaryPrimitives.WriteUInt32LittleEndian(payload, request);
            payload[4] = stage;
            BinaryPrimitives.WriteInt32LittleEndian(payload[5..], error);
            SendLocked(GuestProtocol.Failed, 9);
        }
    }

    void ReportLocked(byte kind, ReadOnlySpan<int> values)
    {
        var payload = _frame.AsSpan(GuestProtocol.HeaderLength);
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(payload[(i * 4)..], values[i]);
        SendLocked(kind, values.Length * 4);
    }

    void SendLocked(byte kind, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_frame, length);
        _frame[4] = kind;
        length += GuestProtocol.HeaderLength;
        fixed (byte* start = _frame)
        {
            for (var sent = 0; sent < length;)
            {
                var count = Libc.send(GuestProtocol.ControlDescriptor, start + sent, (nuint)(length - sent), Libc.MSG_NOSIGNAL);
                if (count > 0)
                    sent += (int)count;
                else if (Libc.LastError != Libc.EINTR)
                    return; // The host is gone: the control loop sees the same and ends.
            }
        }
    }

    /// <summary>
    /// Outside a process namespace nothing dies with the guest by itself. Killed parents hand their children to this subreaper,
    /// so killing its children until there are none reaches every descendant.
    /// </summary>
    public void KillEverything()
    {
        lock (_gate)
        {
            foreach (var pid in _alive)
                _ = Libc.kill(-pid, Libc.SIGKILL);
            int status;
            do
                Children.Kill();
            while (Libc.waitpid(-1, &status, Libc.WALL) > 0 || Libc.LastError == Libc.EINTR);
        }
    }
}
