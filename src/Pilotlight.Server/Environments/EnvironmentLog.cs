using System.Buffers.Binary;
using System.Text;
using Pilotlight.Logs;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// The log stream of one environment: lines of the function, frames of its runtime client, and the platform's own lines, in the
/// order in which they happened. Keeps the last 4 KB of an invocation whose caller wants them.
/// </summary>
public sealed class EnvironmentLog(LogStreamWriter stream, TimeProvider time, FunctionLogLevel minimum) : IDisposable
{
    internal const int TailBytes = 4096;
    internal const int MaxLineBytes = 256 * 1024;

    readonly Lock _gate = new();
    byte[]? _tail;
    int _tailLength;
    TelemetryHub? _telemetry;

    /// <summary>Where everything goes as well, in an environment with extensions; else null.</summary>
    public TelemetryHub? Telemetry
    {
        get => Volatile.Read(ref _telemetry);
        set => Volatile.Write(ref _telemetry, value);
    }

    /// <summary>Starts keeping the tail, from the START line on.</summary>
    public void BeginTail()
    {
        lock (_gate)
        {
            _tail ??= new byte[TailBytes * 2];
            _tailLength = 0;
        }
    }

    /// <summary>The last 4,096 bytes since <see cref="BeginTail"/>.</summary>
    public byte[] EndTail()
    {
        lock (_gate)
        {
            if (_tail is null)
                return [];
            var kept = Math.Min(_tailLength, TailBytes);
            var result = _tail.AsSpan(_tailLength - kept, kept).ToArray();
            (_tail, _tailLength) = (null, 0);
            return result;
        }
    }

    /// <summary>A line of the platform; never refused.</summary>
    public void WritePlatform(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        lock (_gate)
        {
            stream.WritePlatform(time.GetUtcNow().ToUnixTimeMilliseconds(), bytes);
            KeepTailLocked(bytes);
        }
    }

    /// <summary>An event of the function; false when the stream has no room, and then it was not taken.</summary>
    /// <param name="frameLevel">The level that the runtime client gave it; 0 for none.</param>
    internal bool TryWrite(long timestampMilliseconds, ReadOnlySpan<byte> message, uint frameLevel = 0) =>
        !minimum.Allows(frameLevel, message) || TryWrite(TelemetryTypes.Function, timestampMilliseconds, message);

    /// <summary>A line of an extension, as <see cref="TryWrite(long, ReadOnlySpan{byte}, uint)"/>; the function's level is not for it.</summary>
    internal bool TryWriteExtension(long timestampMilliseconds, ReadOnlySpan<byte> message) =>
        TryWrite(TelemetryTypes.Extension, timestampMilliseconds, message);

    bool TryWrite(TelemetryTypes kind, long timestampMilliseconds, ReadOnlySpan<byte> message)
    {
        lock (_gate)
        {
            if (!stream.TryWrite(timestampMilliseconds, message))
                return false;
            KeepTailLocked(message);
        }

        Telemetry?.WriteLine(kind, timestampMilliseconds, message);
        return true;
    }

    internal long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    internal ValueTask WaitForRoomAsync(CancellationToken cancellation) => stream.WaitForRoomAsync(cancellation);

    public void Dispose() => stream.Dispose();

    void KeepTailLocked(ReadOnlySpan<byte> bytes)
    {
        if (_tail is null)
            return;
        if (bytes.Length > TailBytes)
            bytes = bytes[^TailBytes..];
        if (_tailLength + bytes.Length > _tail.Length)
        {
            var keep = Math.Min(_tailLength, TailBytes);
            _tail.AsSpan(_tailLength - keep, keep).CopyTo(_tail);
            _tailLength = keep;
        }

        bytes.CopyTo(_tail.AsSpan(_tailLength));
        _tailLength += bytes.Length;
    }
}

/// <summary>What both kinds of pipe do when the stream has no room: keep what is left, wait, and go on.</summary>
abstract class LogSink(EnvironmentLog log) : IOutputSink
{
    readonly Lock _gate = new();
    byte[] _pending = [];
    int _pendingStart;
    int _pendingEnd;
    bool _waiting;

    public OutputReader? Reader { get; set; }

    protected EnvironmentLog Log { get; } = log;

    public bool Take(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            AppendLocked(bytes);
            return ProcessLocked();
        }
    }

    public void End() => Flush();

    /// <summary>Writes out what has no line end yet; at the end of an invocation.</summary>
    public void Flush()
    {
        lock (_gate)
            FlushLocked();
    }

    void FlushLocked()
    {
        if (!_waiting && _pendingEnd > _pendingStart && TryFlush(_pending.AsSpan(_pendingStart, _pendingEnd - _pendingStart)))
            _pendingStart = _pendingEnd = 0;
    }

    /// <summary>Writes the events in <paramref name="bytes"/>; returns how many bytes were used, and whether room ran out.</summary>
    protected abstract (int Used, bool OutOfRoom) Write(ReadOnlySpan<byte> bytes);

    protected abstract bool TryFlush(ReadOnlySpan<byte> rest);

    bool ProcessLocked()
    {
        var (used, outOfRoom) = Write(_pending.AsSpan(_pendingStart, _pendingEnd - _pendingStart));
        _pendingStart += used;
        if (_pendingStart == _pendingEnd)
            _pendingStart = _pendingEnd = 0;
        if (!outOfRoom)
            return true;
        _waiting = true;
        _ = ResumeWhenThereIsRoomAsync();
        return false;
    }

    async Task ResumeWhenThereIsRoomAsync()
    {
        // The first step may be synchronous: never run it under the lock of the caller.
        await Task.Yield();
        await Log.WaitForRoomAsync(CancellationToken.None);
        lock (_gate)
        {
            _waiting = false;
            if (!ProcessLocked())
                return;
        }

        Reader?.Resume();
    }

    void AppendLocked(ReadOnlySpan<byte> bytes)
    {
        var length = _pendingEnd - _pendingStart;
        if (_pending.Length - _pendingEnd < bytes.Length)
        {
            var target = _pending.Length >= length + bytes.Length ? _pending : new byte[Math.Max(4096, (length + bytes.Length) * 2)];
            _pending.AsSpan(_pendingStart, length).CopyTo(target);
            _pending = target;
            (_pendingStart, _pendingEnd) = (0, length);
        }

        bytes.CopyTo(_pending.AsSpan(_pendingEnd));
        _pendingEnd += bytes.Length;
    }
}

/// <summary>Standard output and error of the function, or of its extensions: one event a line, the line end kept.</summary>
sealed class LineSink(EnvironmentLog log, TelemetryTypes kind = TelemetryTypes.Function) : LogSink(log)
{
    protected override (int Used, bool OutOfRoom) Write(ReadOnlySpan<byte> bytes)
    {
        var used = 0;
        while (used < bytes.Length)
        {
            var rest = bytes[used..];
            var end = rest.IndexOf((byte)'\n');
            var length = end >= 0 ? end + 1 : rest.Length >= EnvironmentLog.MaxLineBytes ? EnvironmentLog.MaxLineBytes : 0;
            if (length == 0)
                break;
            if (!TryWrite(rest[..Math.Min(length, EnvironmentLog.MaxLineBytes)]))
                return (used, true);
            used += Math.Min(length, EnvironmentLog.MaxLineBytes);
        }

        return (used, false);
    }

    protected override bool TryFlush(ReadOnlySpan<byte> rest) => TryWrite(rest);

    bool TryWrite(ReadOnlySpan<byte> line) =>
        kind == TelemetryTypes.Extension ? Log.TryWriteExtension(Log.Now(), line) : Log.TryWrite(Log.Now(), line);
}

/// <summary>The framed descriptor of the runtime clients (spec/runtime-api.md 10): one frame is one event, line ends inside are kept.</summary>
sealed class FrameSink(EnvironmentLog log) : LogSink(log)
{
    const int HeaderBytes = 16;
    const uint Magic = 0xA55A0000;

    protected override (int Used, bool OutOfRoom) Write(ReadOnlySpan<byte> bytes)
    {
        var used = 0;
        while (bytes.Length - used >= HeaderBytes)
        {
            var rest = bytes[used..];
            var type = BinaryPrimitives.ReadUInt32BigEndian(rest);
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
            if ((type & 0xFFFF0000) != Magic || length > EnvironmentLog.MaxLineBytes * 4)
            {
                // Not a frame: the function writes to the descriptor itself. Its bytes are kept as one event, and framing starts anew.
                if (!Log.TryWrite(Log.Now(), rest[..Math.Min(rest.Length, EnvironmentLog.MaxLineBytes)]))
                    return (used, true);
                used += Math.Min(rest.Length, EnvironmentLog.MaxLineBytes);
                continue;
            }

            if (rest.Length < HeaderBytes + length)
                break;
            if (!WriteFrame((type >> 2) & 0x7, rest.Slice(HeaderBytes, (int)length)))
                return (used, true);
            used += HeaderBytes + (int)length;
        }

        return (used, false);
    }

    protected override bool TryFlush(ReadOnlySpan<byte> rest) => true;

    bool WriteFrame(uint level, ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
            return true;
        if (message[^1] == (byte)'\n')
            return Log.TryWrite(Log.Now(), message, level);
        Span<byte> ended = message.Length < 1024 ? stackalloc byte[message.Length + 1] : new byte[message.Length + 1];
        message.CopyTo(ended);
        ended[^1] = (byte)'\n';
        return Log.TryWrite(Log.Now(), ended, level);
    }
}
