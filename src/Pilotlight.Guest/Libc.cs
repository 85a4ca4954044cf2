using System.Runtime.InteropServices;

namespace Pilotlight.Guest;

/// <summary>The C library, linked statically. Only blittable signatures: nothing is marshalled.</summary>
static unsafe partial class Libc
{
    public const int EINTR = 4, ECHILD = 10;
    public const int O_RDONLY = 0, O_DIRECTORY = 0x10000, O_CLOEXEC = 0x80000, O_PATH = 0x200000;
    public const int SIGKILL = 9;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int PR_SET_DUMPABLE = 4, PR_SET_CHILD_SUBREAPER = 36;
    public const int CLOSE_RANGE_CLOEXEC = 4;
    public const int WALL = 0x40000000;
    public const int RLIMIT_CORE = 4, RLIMIT_NOFILE = 7, RLIMIT_MEMLOCK = 8;
    public const short POSIX_SPAWN_SETSIGDEF = 4, POSIX_SPAWN_SETSIGMASK = 8, POSIX_SPAWN_SETSID = 0x80;

    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    public static int LastError => Marshal.GetLastSystemError();

    /// <summary>ASCII only.</summary>
    public static void Write(int descriptor, string text)
    {
        Span<byte> bytes = stackalloc byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)text[i];
        fixed (byte* first = bytes)
            _ = write(descriptor, first, (nuint)bytes.Length);
    }

    [LibraryImport("libc")] public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
    [LibraryImport("libc")] public static partial int getpid();
    [LibraryImport("libc")] public static partial int open(byte* path, int flags, int mode);
    [LibraryImport("libc")] public static partial int close(int descriptor);
    [LibraryImport("libc")] public static partial nint read(int descriptor, byte* buffer, nuint count);
    [LibraryImport("libc")] public static partial nint write(int descriptor, byte* buffer, nuint count);
    [LibraryImport("libc")] public static partial nint send(int descriptor, byte* buffer, nuint count, int flags);
    [LibraryImport("libc")] public static partial int eventfd(uint initial, int flags);
    [LibraryImport("libc")] public static partial int kill(int pid, int signal);
    [LibraryImport("libc")] public static partial int waitpid(int pid, int* status, int options);
    [LibraryImport("libc")] public static partial int close_range(uint first, uint last, int flags);
    [LibraryImport("libc")] public static partial int getrlimit(int resource, Limit* limit);
    [LibraryImport("libc")] public static partial int setrlimit(int resource, Limit* limit);
    [LibraryImport("libc")] public static partial void _exit(int code);

    [LibraryImport("libc")] public static partial int posix_spawn(int* pid, byte* path, void* actions, void* attributes, byte** argv, byte** envp);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_init(void* actions);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_destroy(void* actions);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);
    [LibraryImport("libc")] public static partial int posix_spawn_file_actions_addfchdir_np(void* actions, int descriptor);
    [LibraryImport("libc")] public static partial int posix_spawnattr_init(void* attributes);
    [LibraryImport("libc")] public static partial int posix_spawnattr_setflags(void* attributes, short flags);
    [LibraryImport("libc")] public static partial int posix_spawnattr_setsigmask(void* attributes, void* set);
    [LibraryImport("libc")] public static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);
    [LibraryImport("libc")] public static partial int sigemptyset(void* set);
    [LibraryImport("libc")] public static partial int sigfillset(void* set);
}
