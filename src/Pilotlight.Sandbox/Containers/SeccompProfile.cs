using System.Runtime.InteropServices;

namespace Pilotlight.Sandbox;

/// <summary>
/// The system calls that code inside may make. What is not listed does not exist (ENOSYS, so that libraries fall back as on an old
/// kernel); what is dangerous and known is refused as for an unprivileged user (EPERM).
/// </summary>
static class SeccompProfile
{
    const uint EPERM = 1, ENOSYS = 38;
    const string Allow = "SCMP_ACT_ALLOW", Refuse = "SCMP_ACT_ERRNO";
    const string Equal = "SCMP_CMP_EQ", MaskedEqual = "SCMP_CMP_MASKED_EQ";

    // CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
    const ulong NewNamespaces = 0x7E020000;

    static readonly string[] Allowed =
    [
        // Files
        "access", "chdir", "chmod", "chown", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat",
        "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync",
        "fgetxattr", "flistxattr", "flock", "fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync", "ftruncate", "futimesat", "getcwd",
        "getdents", "getdents64", "getxattr", "lchown", "lgetxattr", "link", "linkat", "listxattr", "llistxattr", "lremovexattr", "lseek",
        "lsetxattr", "lstat", "mkdir", "mkdirat", "mknod", "mknodat", "newfstatat", "open", "openat", "openat2", "pipe", "pipe2",
        "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
        "removexattr", "rename", "renameat", "renameat2", "rmdir", "sendfile", "setxattr", "splice", "stat", "statfs", "statx", "symlink",
        "symlinkat", "sync", "sync_file_range", "syncfs", "tee", "truncate", "umask", "unlink", "unlinkat", "utime", "utimensat", "utimes",
        "vmsplice", "write", "writev", "ioctl", "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "memfd_create",
        // Waiting
        "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "poll", "ppoll",
        "pselect6", "select", "signalfd", "signalfd4", "timerfd_create", "timerfd_gettime", "timerfd_settime", "io_cancel", "io_destroy",
        "io_getevents", "io_pgetevents", "io_setup", "io_submit",
        // Memory
        "brk", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mlockall", "mmap", "mprotect", "mremap", "mseal", "msync", "munlock",
        "munlockall", "munmap", "pkey_alloc", "pkey_free", "pkey_mprotect", "remap_file_pages", "map_shadow_stack", "process_madvise",
        "shmat", "shmctl", "shmdt", "shmget", "semctl", "semget", "semop", "semtimedop", "msgctl", "msgget", "msgrcv", "msgsnd",
        "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink",
        // Processes and threads
        "arch_prctl", "capget", "capset", "execve", "execveat", "exit", "exit_group", "fork", "futex", "futex_requeue", "futex_wait",
        "futex_waitv", "futex_wake", "get_robust_list", "get_thread_area", "getcpu", "getegid", "geteuid", "getgid", "getgroups",
        "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "gettid",
        "getuid", "ioprio_get", "ioprio_set", "kcmp", "kill", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self",
        "pause", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "process_mrelease", "process_vm_readv",
        "process_vm_writev", "ptrace", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
        "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min",
        "sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity",
        "sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield", "seccomp", "set_robust_list", "set_thread_area",
        "set_tid_address", "setfsgid", "setfsuid", "setgid", "setgroups", "setpgid", "setpriority", "setregid", "setresgid", "setresuid",
        "setreuid", "setrlimit", "setsid", "setuid", "sigaltstack", "tgkill", "tkill", "vfork", "wait4", "waitid",
        // Time and the machine
        "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "getrandom", "gettimeofday", "nanosleep", "setitimer",
        "sysinfo", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime", "times", "uname",
        // Sockets; socket and socketpair are below
        "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen", "recvfrom", "recvmmsg", "recvmsg",
        "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
    ];

    static readonly string[] Refused =
    [
        "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module", "fanotify_init", "finit_module",
        "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "ioperm", "iopl", "io_uring_enter", "io_uring_register", "io_uring_setup",
        "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount", "mount_setattr", "move_mount", "name_to_handle_at",
        "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root", "quotactl", "quotactl_fd", "reboot", "request_key",
        "sethostname", "setdomainname", "setns", "settimeofday", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare",
        "userfaultfd", "vhangup", "get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy",
        "set_mempolicy_home_node",
    ];

    public static OciSeccomp Create() => new()
    {
        DefaultAction = Refuse,
        DefaultErrnoRet = ENOSYS,
        // Only the native one: a call through another table of numbers ends the process.
        Architectures = [RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"],
        Syscalls =
        [
            new(Allowed, Allow),
            new(Refused, Refuse, EPERM),
            // Its flags are behind a pointer, where no filter sees them: without it, libraries use clone.
            new(["clone3"], Refuse, ENOSYS),
            new(["clone"], Allow, Args: [new(0, NewNamespaces, 0, MaskedEqual)]),
            .. new ulong[] { 0, 0x8, 0x20000, 0x20008, 0xffffffff }.Select(persona =>
                new OciSyscall(["personality"], Allow, Args: [new(0, persona, 0, Equal)])),
            // AF_UNIX, AF_INET, AF_INET6; of netlink only the routing table, which getifaddrs reads.
            .. new ulong[] { 1, 2, 10 }.Select(family => new OciSyscall(["socket"], Allow, Args: [new(0, family, 0, Equal)])),
            new(["socket"], Allow, Args: [new(0, 16, 0, Equal), new(2, 0, 0, Equal)]),
            new(["socketpair"], Allow, Args: [new(0, 1, 0, Equal)]),
        ],
    };
}
