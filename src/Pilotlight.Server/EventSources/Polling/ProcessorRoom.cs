using System.Globalization;

namespace Pilotlight.EventSources;

/// <summary>Whether the processors of this machine have time left, from the kernel's account of it. Where there is none (no /proc), they have.</summary>
public sealed class ProcessorRoom(TimeProvider time)
{
    /// <summary>Of all processors' time.</summary>
    const double EnoughIdle = 0.15;

    static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    readonly Lock _gate = new();
    (long Idle, long Total) _last;
    long _readAt;
    bool _hasRoom = true;

    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                if (_readAt != 0 && time.GetElapsedTime(_readAt) < s_interval)
                    return _hasRoom;
                _readAt = time.GetTimestamp();
                if (TryRead() is not { } now)
                    return true;
                var total = now.Total - _last.Total;
                if (total > 0)
                    _hasRoom = now.Idle - _last.Idle > EnoughIdle * total;
                _last = now;
                return _hasRoom;
            }
        }
    }

    /// <summary>The first line: <c>cpu user nice system idle iowait irq ...</c>, in ticks since the machine began.</summary>
    static (long Idle, long Total)? TryRead()
    {
        try
        {
            using var file = File.OpenText("/proc/stat");
            var ticks = (file.ReadLine() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
                .Select(static text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return ticks.Length >= 5 ? (ticks[3] + ticks[4], ticks.Take(8).Sum()) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
