using System.Numerics;

namespace Pilotlight.Logs;

/// <summary>
/// Where one execution environment's lines go in: a buffer of bytes that <see cref="LogIngest"/> takes away and writes. A writer costs a
/// copy of the line under a lock that nobody holds for longer than such a copy.
/// </summary>
public sealed class LogStreamWriter : IDisposable
{
    /// <summary>Longer messages become several events.</summary>
    public const int MaxMessageBytes = 256 * 1024;

    /// <summary>What a stream may hold that is not on disk yet; beyond it the function waits.</summary>
    internal const int LimitBytes = 1024 * 1024;

    /// <summary>Platform lines pass the limit. A disk that hangs for minutes must not fill the memory even so: beyond this they are counted and dropped.</summary>
    internal const int PlatformLimitBytes = 2 * LimitBytes;

    /// <summary>A stream with little in its buffer is heard even when the others fill the common allowance.</summary>
    const int AssuredBytes = 16 * 1024;

    const int FirstBufferBytes = 2 * 1024;

    /// <summary>The writing loop is woken early for a stream this full.</summary>
    const int UrgentBytes = 256 * 1024;

    /// <summary>Timestamps stay within the 15 digits that a position has for them.</summary>
    internal const long MaxTimestamp = 999_999_999_999_999;

    /// <summary>Two threads stamp their lines and then meet at the lock: disorder below this becomes the order of writing.</summary>
    const long SettledDisorderMilliseconds = 1_000;

    readonly LogIngest _ingest;
    readonly Lock _gate = new();
    byte[] _buffer = [];
    int _length;
    int _events;
    int _inFlightBytes;
    int _usualBytes = FirstBufferBytes;
    long _lastTimestamp = long.MinValue;
    bool _isQueued;
    bool _isClosed;
    TaskCompletionSource? _room;

    internal LogStreamWriter(LogIngest ingest, LogStreamKey key)
    {
        _ingest = ingest;
        Key = key;
    }

    internal LogStreamKey Key { get; }

    /// <summary>Null: everything that comes in is written.</summary>
    internal Func<bool>? MayWrite { get; init; }

    /// <summary>The row of the stream, kept by the store between writes.</summary>
    internal StoredStream? Stored { get; set; }

    /// <summary>
    /// Never blocks, never throws. False when too much of this stream (or of all) waits for the disk: the caller stops reading the
    /// function's output until <see cref="WaitForRoomAsync"/> completes, and then offers the same message again.
    /// </summary>
    public bool TryWrite(long timestampMilliseconds, ReadOnlySpan<byte> utf8Message) =>
        Add(timestampMilliseconds, utf8Message, LimitBytes, mayRefuse: Refusal.Allowed);

    /// <summary>START, END and REPORT lines are never refused.</summary>
    public void WritePlatform(long timestampMilliseconds, ReadOnlySpan<byte> utf8Message)
    {
        if (!Add(timestampMilliseconds, utf8Message, PlatformLimitBytes, Refusal.Never))
            _ingest.CountDropped(1);
    }

    /// <summary>Completes when half of the allowance is free again.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        Task room;
        lock (_gate)
        {
            if (HasRoomLocked())
                return ValueTask.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
        }

        _ingest.AwaitRoom(this);
        return new ValueTask(room.WaitAsync(cancellation));
    }

    /// <summary>What was written is flushed, and nothing more is accepted. The stream stays.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isClosed = true;
        TryOpenRoom();
    }

    /// <summary>Takes what was written since the last time; empty when nothing was. The bytes count as held until <see cref="Release"/>.</summary>
    internal LogBlock Take()
    {
        lock (_gate)
        {
            _isQueued = false;
            var block = new LogBlock(_buffer, _length, _events);
            _inFlightBytes += _length;
            _usualBytes = Math.Max(FirstBufferBytes, (_usualBytes + _length) / 2);
            (_buffer, _length, _events) = ([], 0, 0);
            return block;
        }
    }

    /// <summary>A block is on disk, or given up.</summary>
    internal void Release(LogBlock block)
    {
        lock (_gate)
            _inFlightBytes -= block.Length;
        _ingest.Return(block.Buffer);
    }

    /// <summary>Lets the waiting reader go on if there is room; false when it has to wait longer.</summary>
    internal bool TryOpenRoom()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            if (_room is null)
                return true;
            if (!HasRoomLocked())
                return false;
            (room, _room) = (_room, null);
        }

        room.TrySetResult();
        return true;
    }

    bool HasRoomLocked() =>
        _isClosed || _ingest.IsStopped || _length + _inFlightBytes <= LimitBytes / 2 && _ingest.HasRoom;

    enum Refusal
    {
        Allowed,
        Never,
    }

    bool Add(long timestamp, ReadOnlySpan<byte> message, int limit, Refusal mayRefuse)
    {
        var isFirst = false;
        var isUrgent = false;
        var pieces = message.Length <= MaxMessageBytes ? 1 : CountPieces(message);
        var needed = message.Length + pieces * LogFrames.HeaderBytes;
        lock (_gate)
        {
            if (_isClosed || _ingest.IsStopped)
            {
                _ingest.CountDropped(pieces);
                return true;
            }

            // A message longer than the limit would never fit: it may enter an empty stream.
            var held = _length + _inFlightBytes;
            if (held > 0 && held + needed > limit)
                return false;
            if (_length + needed > _buffer.Length && !TryGrowLocked(_length + needed, mayRefuse))
                return false;
            timestamp = Math.Clamp(timestamp, 0, MaxTimestamp);
            if (timestamp < _lastTimestamp && _lastTimestamp - timestamp < SettledDisorderMilliseconds)
                timestamp = _lastTimestamp;
            _lastTimestamp = timestamp;
            var before = _length;
            AppendLocked(timestamp, message);
            _events += pieces;
            if (!_isQueued)
                isFirst = _isQueued = true;
            isUrgent = before < UrgentBytes && _length >= UrgentBytes;
        }

        if (isFirst)
            _ingest.Enqueue(this);
        if (isUrgent)
            _ingest.WriteSoon();
        return true;
    }

    void AppendLocked(long timestamp, ReadOnlySpan<byte> message)
    {
        while (message.Length > MaxMessageBytes)
        {
            var length = PieceLength(message);
            LogFrames.Write(_buffer.AsSpan(_length), timestamp, message[..length]);
            _length += LogFrames.HeaderBytes + length;
            message = message[length..];
        }

        LogFrames.Write(_buffer.AsSpan(_length), timestamp, message);
        _length += LogFrames.HeaderBytes + message.Length;
    }

    bool TryGrowLocked(int bytes, Refusal mayRefuse)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, _buffer.Length == 0 ? _usualBytes : 0));
        if (mayRefuse == Refusal.Allowed && capacity > AssuredBytes && !_ingest.HasRoom)
            return false;
        var larger = _ingest.Rent(capacity);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
            _ingest.Return(_buffer);
        _buffer = larger;
        return true;
    }

    static int CountPieces(ReadOnlySpan<byte> message)
    {
        var pieces = 1;
        for (; message.Length > MaxMessageBytes; pieces++)
            message = message[PieceLength(message)..];
        return pieces;
    }

    /// <summary>The cut goes before a character, not through it.</summary>
    static int PieceLength(ReadOnlySpan<byte> message)
    {
        var length = MaxMessageBytes;
        while (length > MaxMessageBytes - 4 && (message[length] & 0xC0) == 0x80)
            length--;
        return length;
    }
}

/// <summary>Frames taken out of a stream's buffer.</summary>
readonly record struct LogBlock(byte[] Buffer, int Length, int Events)
{
    public ReadOnlyMemory<byte> Frames => Buffer.AsMemory(0, Length);
}

/// <summary>A stream by its names.</summary>
readonly record struct LogStreamKey(string AccountId, string Region, string Group, string Stream);
