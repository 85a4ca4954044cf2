namespace Pilotlight.Logs;

/// <summary>The limits of one page of events, as AWS has them: so many events, or a megabyte.</summary>
sealed class LogPage(int maxEvents)
{
    public const int MaxEvents = 10_000;
    const int MaxBytes = 1024 * 1024;

    readonly List<LogEvent> _events = [];
    long _bytes;

    public IReadOnlyList<LogEvent> Events => _events;

    /// <summary>False when the page is full; the first event always fits.</summary>
    public bool TryAdd(LogEvent found)
    {
        var bytes = found.Message.Length + LogChunk.EventOverheadBytes;
        if (_events.Count == maxEvents || _events.Count > 0 && _bytes + bytes > MaxBytes)
            return false;
        _events.Add(found);
        _bytes += bytes;
        return true;
    }

    public void Reverse() => _events.Reverse();
}
