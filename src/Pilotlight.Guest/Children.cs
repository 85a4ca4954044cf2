namespace Pilotlight.Guest;

/// <summary>The guest's own children, as the kernel lists them.</summary>
static unsafe class Children
{
    public static void Kill()
    {
        // Orphans are handed to the first thread, which is also the one that starts processes.
        fixed (byte* path = "/proc/thread-self/children\0"u8)
        {
            var file = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
            if (file < 0)
                return;
            var buffer = stackalloc byte[4096];
            var pid = 0;
            nint count;
            while ((count = Libc.read(file, buffer, 4096)) > 0)
            {
                for (var i = 0; i < count; i++)
                {
                    if (buffer[i] is >= (byte)'0' and <= (byte)'9')
                    {
                        pid = pid * 10 + buffer[i] - '0';
                        continue;
                    }
                    if (pid > 1)
                        _ = Libc.kill(pid, Libc.SIGKILL);
                    pid = 0;
                }
            }
            _ = Libc.close(file);
        }
    }
}
