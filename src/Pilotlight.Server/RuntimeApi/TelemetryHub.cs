using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.RuntimeApi;

enum SubscribeOutcome
{
    Subscribed,

    /// <summary>The extension had one: it is replaced.</summary>
    AlreadySubscribed,

    /// <summary>Another extension of this environment uses the other API.</summary>
    OtherApi,
    Closed,
}

/// <summary>A subscription that was taken, for the function's log.</summary>
public sealed record SubscriptionTaken(string Extension, TelemetryApi Api, string State, IReadOnlyList<string> Types);

/// <summary>How telemetry reaches a sandbox: a socket of its network, not connected. An <see cref="IOException"/> when the sandbox is gone.</summary>
public delegate System.Net.Sockets.Socket TelemetryConnector();

/// <summary>
/// The telemetry of one environment with extensions: takes what happens as records and gives them to every subscription that wants them.
/// Until subscriptions close it keeps what came before them, within bounds. Writing never blocks and never throws.
/// </summary>
public sealed class TelemetryHub(TelemetryConnector connect, bool logsAreJson, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Of what came before the first subscription.</summary>
    const int MaxEarlyBytes = 256 * 1024;

    internal static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Lock _gate = new();
    readonly Dictionary<string, TelemetryDelivery> _deliveries = new(StringComparer.Ordinal);
    readonly List<Task> _ended = [];
    List<(TelemetryTypes Kind, string Type, byte[] Text, byte[]? Object)>? _early = [];
    TaskCompletionSource? _paused;
    long _earlyBytes;
    bool _isClosed;
    bool _isDisposed;

    /// <summary>Called, outside of locks, when a subscription was taken.</summary>
    public Action<SubscriptionTaken>? Taken { get; set; }

    /// <summary>INIT is over: nobody can subscribe any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
                return _isClosed;
        }
    }

    internal TelemetryConnector Connect => connect;

    internal TimeProvider Time => time;

    internal SubscribeOutcome Subscribe(string extension, TelemetrySubscription subscription)
    {
        TelemetryDelivery? replaced;
        lock (_gate)
        {
            if (_isClosed || _isDisposed)
                return SubscribeOutcome.Closed;
            if (_deliveries.Any(entry => entry.Key != extension && entry.Value.Subscription.Api != subscription.Api))
                return SubscribeOutcome.OtherApi;
            var delivery = new TelemetryDelivery(this, subscription);
            if (_deliveries.Remove(extension, out replaced))
            {
                _ended.RemoveAll(static task => task.IsCompleted);
                _ended.Add(replaced.DisposeAsync().AsTask());
            }
            else
            {
                foreach (var (kind, type, text, structured) in _early!)
                    Offer(delivery, kind, type, text, structured);
            }

            _deliveries[extension] = delivery;
            delivery.Start();
        }

        Taken?.Invoke(new SubscriptionTaken(
            extension, subscription.Api, replaced is null ? "Subscribed" : "Already subscribed", [.. subscription.TypeNames]));
        return replaced is null ? SubscribeOutcome.Subscribed : SubscribeOutcome.AlreadySubscribed;
    }

    /// <summary>No more subscriptions; what was kept for them goes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _early = null;
        }
    }

    /// <summary>An event of the platform: the complete JSON of its envelope.</summary>
    public void WritePlatform(string type, ReadOnlySpan<byte> envelope)
    {
        if (IsWanted(TelemetryTypes.Platform))
            Give(TelemetryTypes.Platform, type, envelope.ToArray(), null);
    }

    /// <summary>A line of the function or of an extension.</summary>
    public void WriteLine(TelemetryTypes kind, long timestampMilliseconds, ReadOnlySpan<byte> line)
    {
        if (!IsWanted(kind))
            return;
        var type = kind == TelemetryTypes.Function ? "function" : "extension";
        var isObject = logsAreJson && IsObject(line);
        Give(kind, type, Envelope(type, timestampMilliseconds, line, asText: true), isObject ? Envelope(type, timestampMilliseconds, line, asText: false) : null);
    }

    /// <summary>Nothing is sent from now on until <see cref="Resume"/>; false when something is being sent just now.</summary>
    public bool TryPause()
    {
        lock (_gate)
        {
            if (_deliveries.Values.Any(static delivery => delivery.IsSending))
                return false;
            _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    public void Resume()
    {
        TaskCompletionSource? paused;
        lock (_gate)
            (paused, _paused) = (_paused, null);
        paused?.TrySetResult();
    }

    /// <summary>Sends what waits at once, and completes when it is sent or <paramref name="limit"/> has passed.</summary>
    public async Task FlushAsync(TimeSpan limit)
    {
        TelemetryDelivery[] deliveries;
        lock (_gate)
            deliveries = [.. _deliveries.Values];
        if (deliveries.Length > 0)
            await Task.WhenAll(deliveries.Select(static delivery => delivery.FlushAsync()))
                .WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        TelemetryDelivery[] deliveries;
        Task[] ended;
        lock (_gate)
        {
            (_isDisposed, _isClosed, _early) = (true, true, null);
            deliveries = [.. _deliveries.Values];
            ended = [.. _ended];
        }

        Resume();
        await Task.WhenAll([.. ended, .. deliveries.Select(static delivery => delivery.DisposeAsync().AsTask())]);
    }

    /// <summary>Marks a delivery as sending; a task to wait for when nothing may be sent now.</summary>
    internal Task? BeginSending(TelemetryDelivery delivery)
    {
        lock (_gate)
        {
            if (_paused is { } paused)
                return paused.Task;
            delivery.IsSending = true;
            return null;
        }
    }

    internal void EndSending(TelemetryDelivery delivery)
    {
        lock (_gate)
            delivery.IsSending = false;
    }

    internal static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    bool IsWanted(TelemetryTypes kind)
    {
        lock (_gate)
            return _early is not null || _deliveries.Values.Any(delivery => delivery.Subscription.Types.HasFlag(kind));
    }

    void Give(TelemetryTypes kind, string type, byte[] text, byte[]? structured)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            foreach (var delivery in _deliveries.Values)
                Offer(delivery, kind, type, text, structured);
            if (_early is null || _earlyBytes + text.Length > MaxEarlyBytes)
                return;
            _early.Add((kind, type, text, structured));
            _earlyBytes += text.Length;
        }
    }

    static void Offer(TelemetryDelivery delivery, TelemetryTypes kind, string type, byte[] text, byte[]? structured)
    {
        if (delivery.Subscription.Wants(kind, type))
            delivery.Offer(structured is not null && delivery.Subscription.TakesObjects ? structured : text);
    }

    static byte[] Envelope(string type, long timestampMilliseconds, ReadOnlySpan<byte> line, bool asText)
    {
        var buffer = new ArrayBufferWriter<byte>(line.Length + 128);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("time", Timestamp(DateTimeOffset.FromUnixTimeMilliseconds(timestampMilliseconds)));
            json.WriteString("type", type);
            json.WritePropertyName("record");
            // Bytes that are no UTF-8 become replacement characters.
            if (asText)
                json.WriteStringValue(System.Text.Encoding.UTF8.GetString(line));
            else
                json.WriteRawValue(line.TrimEnd("\r\n \t"u8));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    static bool IsObject(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != (byte)'{' || !System.Text.Unicode.Utf8.IsValid(line))
            return false;
        try
        {
            var reader = new Utf8JsonReader(line);
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
