using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>A process on the host, held by a pidfd, so that its number may be given to another without harm.</summary>
sealed class HostProcess : IDisposable
{
    readonly SafeFileHandle _pidfd;

    HostProcess(int id, SafeFileHandle pidfd, Task ended)
    {
        Id = id;
        _pidfd = pidfd;
        Ended = ended;
    }

    public int Id { get; }

    public Task Ended { get; }

    /// <summary>Null when there is no such process (any more).</summary>
    public static HostProcess? TryOpen(int pid, ExitWatcher exits)
    {
        var descriptor = Posix.PidfdOpen(pid);
        if (descriptor < 0)
            return null;
        var pidfd = new SafeFileHandle(descriptor, ownsHandle: true);
        return new(pid, pidfd, exits.WatchAsync(pidfd));
    }

    /// <summary>
    /// Starts a child with exactly the given descriptors as 0, 1, 2, ... It must be awaited by <see cref="ReapAsync"/>, or stays a zombie.
    /// </summary>
    public static unsafe HostProcess Start(
        string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment,
        ReadOnlySpan<SafeFileHandle> descriptors, ExitWatcher exits)
    {
        // Larger than the structures of any C library.
        var actions = stackalloc byte[256];
        var attributes = stackalloc byte[512];
        var signals = stackalloc byte[128];
        _ = Posix.posix_spawn_file_actions_init(actions);
        for (var i = 0; i < descriptors.Length; i++)
            _ = Posix.posix_spawn_file_actions_adddup2(actions, (int)descriptors[i].DangerousGetHandle(), i);

        // A session of its own: an interrupt typed at the server's terminal is not for sandboxes. The .NET runtime's signals neither.
        const short setSignals = 4 | 8, setSession = 0x80;
        _ = Posix.posix_spawnattr_init(attributes);
        _ = Posix.posix_spawnattr_setflags(attributes, setSignals | setSession);
        _ = Posix.sigemptyset(signals);
        _ = Posix.posix_spawnattr_setsigmask(attributes, signals);
        _ = Posix.sigfillset(signals);
        _ = Posix.posix_spawnattr_setsigdefault(attributes, signals);

        var argv = Block(arguments);
        var envp = Block([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        int pid, error;
        fixed (byte* argvBytes = argv.Bytes, envpBytes = envp.Bytes)
        fixed (nint* argvPointers = argv.Resolve(argvBytes), envpPointers = envp.Resolve(envpBytes))
            error = Posix.posix_spawn(&pid, path, actions, attributes, (byte**)argvPointers, (byte**)envpPointers);
        _ = Posix.posix_spawn_file_actions_destroy(actions);
        if (error != 0)
            throw new SandboxException($"{path} cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
        return TryOpen(pid, exits) ?? throw new SandboxException($"{path} cannot be watched: {Posix.LastMessage}");
    }

    /// <summary>Waits for a child of this process and collects it. The exit code; 128 and the signal when a signal ended it.</summary>
    public async Task<int> ReapAsync()
    {
        await Ended;
        return Collect();
    }

    unsafe int Collect()
    {
        var info = stackalloc byte[128];
        while (Posix.waitid(Posix.P_PIDFD, (int)_pidfd.DangerousGetHandle(), info, Posix.WEXITED | Posix.WNOHANG) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Posix.EINTR)
                return -1;
        }
        var (code, status) = (*(int*)(info + 8), *(int*)(info + 24));
        return code == 1 ? status : 128 + status;
    }

    public void Signal(int signal)
    {
        var held = false;
        try
        {
            _pidfd.DangerousAddRef(ref held);
            _ = Posix.PidfdSendSignal((int)_pidfd.DangerousGetHandle(), signal);
        }
        catch (ObjectDisposedException)
        {
            // Let go of already, so ended already.
        }
        finally
        {
            if (held)
                _pidfd.DangerousRelease();
        }
    }

    public void Dispose() => _pidfd.Dispose();

    static StringBlock Block(IReadOnlyList<string> strings)
    {
        var offsets = new int[strings.Count];
        var bytes = new byte[strings.Sum(text => Encoding.UTF8.GetByteCount(text) + 1) + 1];
        var at = 0;
        for (var i = 0; i < strings.Count; i++)
        {
            offsets[i] = at;
            at += Encoding.UTF8.GetBytes(strings[i], bytes.AsSpan(at)) + 1;
        }
        return new(bytes, offsets);
    }

    readonly record struct StringBlock(byte[] Bytes, int[] Offsets)
    {
        public unsafe nint[] Resolve(byte* start)
        {
            var pointers = new nint[Offsets.Length + 1];
            for (var i = 0; i < Offsets.Length; i++)
                pointers[i] = (nint)(start + Offsets[i]);
            return pointers;
        }
    }
}
