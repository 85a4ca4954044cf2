using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>The C library and the kernel, as the sandbox needs them (glibc and musl).</summary>
static unsafe partial class Posix
{
    public const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, ENOEXEC = 8, EAGAIN = 11, EACCES = 13, EBUSY = 16, EINVAL = 22;
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;
    public const int F_GETFL = 3, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030;
    public const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_CLOEXEC = 0x80000;
    public const int CLONE_FS = 0x200, CLONE_NEWNS = 0x20000;
    public const ulong MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_REMOUNT = 32, MS_BIND = 4096, MS_REC = 16384,
        MS_PRIVATE = 1 << 18, MS_SLAVE = 1 << 19, MS_SHARED = 1 << 20;
    public const int MNT_DETACH = 2, UMOUNT_NOFOLLOW = 8;
    public const int LOCK_EX = 2, LOCK_NB = 4;
    public const int SIGKILL = 9;
    public const int P_PIDFD = 3, WEXITED = 4, WNOHANG = 1;
    public const int EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3, EPOLL_CLOEXEC = 0x80000;
    public const int EFD_CLOEXEC = 0x80000;
    const long SYS_pidfd_send_signal = 424, SYS_pidfd_open = 434, SYS_mount_setattr = 442, SYS_open_tree = 428, SYS_move_mount = 429;

    [LibraryImport("libc", SetLastError = true)] public static partial int pipe2(int* ends, int flags);
    [LibraryImport("libc", SetLastError = true)] public static partial int socketpair(int domain, int type, int protocol, int* ends);
    [LibraryImport("libc", SetLastError = true)] public static partial int fcntl(int descriptor, int command, nint argument);
    [LibraryImport("libc", SetLastError = true)] public static partial int close(int descriptor);
    [LibraryImport("libc", SetLastError = true)] public static partial int fchown(SafeHandle descriptor, uint owner, uint group);
    [LibraryImport("libc", SetLastError = true)] public static partial int flock(SafeHandle descriptor, int operation);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int open(string path, int flags, int mode);
    [LibraryImport("libc", SetLastError = true)] public static partial nint pread(SafeHandle descriptor, byte* buffer, nuint count, long offset);
    [LibraryImport("libc", SetLastError = true)] public static partial nint pwrite(SafeHandle descriptor, byte* buffer, nuint count, long offset);
    [LibraryImport("libc", SetLastError = true)] public static partial nint read(int descriptor, byte* buffer, nuint count);
    [LibraryImport("libc", SetLastError = true)] public static partial nint write(int descriptor, byte* buffer, nuint count);
    [LibraryImport("libc", SetLastError = true)] public static partial nint read(SafeHandle descriptor, byte* buffer, nuint count);
    [LibraryImport("libc", SetLastError = true)] public static partial nint write(SafeHandle descriptor, byte* buffer, nuint count);
    [LibraryImport("libc", SetLastError = true)] public static partial int unshare(int flags);
    [LibraryImport("libc", SetLastError = true)] public static partial int setns(SafeHandle descriptor, int type);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int mount(string? source, string target, string? type, ulong flags, string? options);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int umount2(string target, int flags);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int rmdir(string path);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int chmod(string path, uint mode);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int chown(string path, uint owner, uint group);
    [LibraryImport("libc", SetLastError = true)] public static partial uint geteuid();
    [LibraryImport("libc", SetLastError = true)] public static partial int kill(int pid, int signal);
    [LibraryImport("libc", SetLastError = true)] public static partial int waitid(int type, int id, byte* info, int options);
    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_create1(int flags);
    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_ctl(SafeHandle epoll, int operation, int descriptor, void* change);
    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_wait(SafeHandle epoll, void* events, int count, int timeout);
    [LibraryImport("libc", SetLastError = true)] public static partial int eventfd(uint initial, int flags);
    [LibraryImport("libc", SetLastError = true)] private static partial long syscall(long number, long a, long b, long c, long d, long e);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] public static partial int posix_spawn(int* pid, string path, void* actions, void* attributes, byte** argv, byte** envp);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_init(void* actions);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_destroy(void* actions);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);
    [LibraryImport("libc")] public static partial int posix_spawnattr_init(void* attributes);
    [LibraryImport("libc")] public static partial int posix_spawnattr_setflags(void* attributes, short flags);
    [LibraryImport("libc")] public static partial int posix_spawnattr_setsigmask(void* attributes, void* set);
    [LibraryImport("libc")] public static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);
    [LibraryImport("libc")] public static partial int sigemptyset(void* set);
    [LibraryImport("libc")] public static partial int sigfillset(void* set);

    public static bool IsRoot => geteuid() == 0;

    public static int PidfdOpen(int pid) => (int)syscall(SYS_pidfd_open, pid, 0, 0, 0, 0);

    public static int PidfdSendSignal(int descriptor, int signal) => (int)syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0, 0);

    /// <summary>Makes a mount and everything below it read-only, without set-user-id programs and device nodes. -1 before Linux 5.12.</summary>
    public static int SealMount(string path)
    {
        const long currentFolder = -100, recursive = 0x8000;
        var attributes = stackalloc ulong[4] { MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0 };
        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            return (int)syscall(SYS_mount_setattr, currentFolder, name, recursive, (long)attributes, 32);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary>A detached copy of the mount at a path, with everything below it. -1 before Linux 5.2.</summary>
    public static int OpenTree(string path)
    {
        const long currentFolder = -100, clone = 1, recursive = 0x8000;
        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            return (int)syscall(SYS_open_tree, currentFolder, name, clone | O_CLOEXEC | recursive, 0, 0);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary>As <see cref="SealMount"/>, for a detached copy.</summary>
    public static int SealTree(SafeHandle tree)
    {
        const long emptyPath = 0x1000, recursive = 0x8000;
        var attributes = stackalloc ulong[4] { MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0 };
        byte empty = 0;
        return (int)syscall(SYS_mount_setattr, tree.DangerousGetHandle(), (nint)(&empty), emptyPath | recursive, (long)attributes, 32);
    }

    /// <summary>Attaches a detached copy at a path of the calling thread's mount namespace.</summary>
    public static int MoveMount(SafeHandle tree, string target)
    {
        const long currentFolder = -100, fromEmptyPath = 4;
        var name = Marshal.StringToCoTaskMemUTF8(target);
        byte empty = 0;
        try
        {
            return (int)syscall(SYS_move_mount, tree.DangerousGetHandle(), (nint)(&empty), currentFolder, name, fromEmptyPath);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary>What the last call failed with, in words.</summary>
    public static string LastMessage => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    public static SafeFileHandle? TryOpen(string path, int flags)
    {
        var descriptor = open(path, flags | O_CLOEXEC, 384);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
