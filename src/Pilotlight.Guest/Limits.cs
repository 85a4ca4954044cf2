namespace Pilotlight.Guest;

/// <summary>The resource limits of everything started where no OCI runtime has set them. Limits are only ever lowered.</summary>
static unsafe class Limits
{
    public static void Lower()
    {
        Lower(Libc.RLIMIT_NOFILE, 1024);
        Lower(Libc.RLIMIT_MEMLOCK, 64 * 1024);
        Lower(Libc.RLIMIT_CORE, 0);
    }

    static void Lower(int resource, ulong value)
    {
        Libc.Limit limit;
        if (Libc.getrlimit(resource, &limit) != 0)
            return;
        limit.Hard = Math.Min(limit.Hard, value);
        limit.Soft = limit.Hard;
        _ = Libc.setrlimit(resource, &limit);
    }
}
