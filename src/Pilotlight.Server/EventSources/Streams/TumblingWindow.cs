using System.Text;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>The tumbling window of a shard, and what the function keeps in it.</summary>
sealed class TumblingWindow
{
    const string Nothing = "{}";

    readonly TimeSpan _length;
    readonly TimeProvider _time;
    DateTimeOffset? _start;
    string _state = Nothing;
    string _before = Nothing;

    TumblingWindow(TimeSpan length, ShardCheckpoint from, TimeProvider time)
    {
        (_length, _time) = (length, time);
        if (from is { WindowStart: { } start, WindowState: { } state })
            (_start, _state) = (DateTimeOffset.FromUnixTimeMilliseconds(start), state);
    }

    /// <summary>Null when the mapping has none.</summary>
    public static TumblingWindow? Of(ShardParts parts) => parts.Run.Settings.TumblingWindowInSeconds is { } seconds and > 0
        ? new TumblingWindow(TimeSpan.FromSeconds(seconds), parts.Progress.Checkpoint, parts.Run.Time)
        : null;

    public int StateBytes => Encoding.UTF8.GetByteCount(_state);

    /// <summary>Until the open window ends; null when none is open.</summary>
    public TimeSpan? Rest => _start is { } start ? start + _length - _time.GetUtcNow() is { Ticks: > 0 } rest ? rest : TimeSpan.FromMilliseconds(50) : null;

    public DateTimeOffset StartOf(SourceRecord record) => new(record.Arrived.UtcTicks - (record.Arrived.UtcTicks % _length.Ticks), TimeSpan.Zero);

    /// <summary>Whether the open window has had its last record: the next is of another, or its time is over and everything was read.</summary>
    public bool IsOver(IReadOnlyList<PendingRecord> batch, bool isMore, LaneState state) => _start is { } start
        && (batch.Count > 0 ? StartOf(batch[0].Record) > start : !isMore || (!state.HasRecords && state.CaughtUp >= start + _length));

    public BatchWindow Enter(SourceRecord first)
    {
        _start ??= StartOf(first);
        return new BatchWindow(_start.Value, _start.Value + _length, _state, false, false);
    }

    /// <summary>Takes the state out of an answer; false when there is none.</summary>
    public bool Accepts(ReadOnlyMemory<byte> answer, bool isFinal)
    {
        if (isFinal)
            return true;
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("state", out var state)
                || state.ValueKind != JsonValueKind.Object)
                return false;
            (_before, _state) = (_state, state.GetRawText());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public bool IsTooLarge(int most) => Encoding.UTF8.GetByteCount(_state) > most;

    /// <summary>A state that is too large is not handed on: the last one that was not is.</summary>
    public BatchWindow Final(bool isEarly) => new(_start!.Value, _start.Value + _length, isEarly ? _before : _state, true, isEarly);

    /// <summary>A window that ended early goes on from nothing.</summary>
    public void Leave(bool isEarly)
    {
        (_state, _before) = (Nothing, Nothing);
        if (!isEarly)
            _start = null;
    }

    public ShardCheckpoint Save(ShardCheckpoint checkpoint) =>
        checkpoint with { WindowStart = _start?.ToUnixTimeMilliseconds(), WindowState = _start is null ? null : _state };
}
