using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Pilotlight.RuntimeApi;

/// <summary>
/// One subscription: its queue, and the loop that empties it into the sandbox. The receiver is hostile: it may be absent, slow, silent
/// or endless, and costs no more than this queue and one request of limited time. What does not fit is counted and dropped.
/// </summary>
sealed class TelemetryDelivery : IAsyncDisposable
{
    /// <summary>Beyond what is asked for as one batch; what is in there is told of as dropped, or sent.</summary>
    const int MaxQueuedBytes = 2 * 1024 * 1024;

    static readonly TimeSpan s_longestAttempt = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    readonly TelemetryHub _hub;
    readonly Queue<byte[]> _queue = new();
    readonly CancellationTokenSource _stopping = new();
    readonly HttpMessageInvoker? _http;
    Socket? _tcp;
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource? _emptied;
    Task _sending = Task.CompletedTask;
    long _queuedBytes;
    long _since;
    long _droppedBytes;
    long _droppedRecords;
    int _inFlight;
    bool _flushing;

    public TelemetryDelivery(TelemetryHub hub, TelemetrySubscription subscription)
    {
        (_hub, Subscription) = (hub, subscription);
        if (subscription.Uri is not null)
            _http = new HttpMessageInvoker(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) => new NetworkStream(await ConnectAsync(cancellation), ownsSocket: true),
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                MaxConnectionsPerServer = 1,
                MaxResponseHeadersLength = 16,
                MaxResponseDrainSize = 4096,
                ResponseDrainTimeout = TimeSpan.FromSeconds(1),
                ActivityHeadersPropagator = null,
            });
    }

    public TelemetrySubscription Subscription { get; }

    /// <summary>Belongs to the hub, under its lock.</summary>
    public bool IsSending { get; set; }

    public void Start() => _sending = SendAllAsync();

    /// <summary>Takes a record, or counts it as dropped.</summary>
    public void Offer(byte[] record)
    {
        lock (_gate)
        {
            if (_queuedBytes + record.Length > MaxQueuedBytes)
            {
                _droppedRecords++;
                _droppedBytes += record.Length;
                return;
            }

            if (_queue.Count == 0)
                _since = _hub.Time.GetTimestamp();
            _queue.Enqueue(record);
            _queuedBytes += record.Length;
            if (_queue.Count == 1 || IsDueLocked())
                _changed.TrySetResult();
        }
    }

    /// <summary>From now on nothing waits for a full batch; completes when all is sent.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            _flushing = true;
            _changed.TrySetResult();
            if (_queue.Count == 0 && _inFlight == 0)
                return Task.CompletedTask;
            _emptied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _emptied.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sending;
        _http?.Dispose();
        _tcp?.Dispose();
        lock (_gate)
            _emptied?.TrySetResult();
    }

    async Task SendAllAsync()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await WaitUntilDueAsync();
                await SendUntilTakenAsync(TakeBatch());
                EndBatch();
            }
        }
        catch (OperationCanceledException)
        {
            // The environment ends.
        }
    }

    async Task WaitUntilDueAsync()
    {
        while (true)
        {
            Task changed;
            TimeSpan left;
            lock (_gate)
            {
                if (_queue.Count > 0 && IsDueLocked())
                    return;
                if (_changed.Task.IsCompleted)
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
                left = _queue.Count == 0 ? Timeout.InfiniteTimeSpan : Subscription.Timeout - _hub.Time.GetElapsedTime(_since);
            }

            if (left == Timeout.InfiniteTimeSpan)
            {
                await changed.WaitAsync(_stopping.Token);
            }
            else if (left > TimeSpan.Zero)
            {
                using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                await Task.WhenAny(changed, Task.Delay(left, _hub.Time, enough.Token));
                await enough.CancelAsync();
                _stopping.Token.ThrowIfCancellationRequested();
            }
        }
    }

    bool IsDueLocked() => _flushing || _queue.Count >= Subscription.MaxItems || _queuedBytes >= Subscription.MaxBytes
        || _hub.Time.GetElapsedTime(_since) >= Subscription.Timeout;

    List<byte[]> TakeBatch()
    {
        List<byte[]> batch = [];
        lock (_gate)
        {
            var bytes = 0L;
            while (_queue.TryPeek(out var next) && batch.Count < Subscription.MaxItems && (batch.Count == 0 || bytes + next.Length <= Subscription.MaxBytes))
            {
                batch.Add(_queue.Dequeue());
                bytes += next.Length;
            }

            if (_droppedRecords > 0 && Subscription.Wants(TelemetryTypes.Platform, "platform.logsDropped"))
                batch.Add(DroppedLocked());
            (_droppedBytes, _droppedRecords) = (0, 0);
            _queuedBytes -= bytes;
            _inFlight = batch.Count;
            _since = _hub.Time.GetTimestamp();
        }

        return batch;
    }

    byte[] DroppedLocked() => System.Text.Encoding.UTF8.GetBytes(
        $$$"""{"time":"{{{TelemetryHub.Timestamp(_hub.Time.GetUtcNow())}}}","type":"platform.logsDropped","record":{"droppedBytes":{{{_droppedBytes}}},"droppedRecords":{{{_droppedRecords}}},"reason":"Consumer seems to have fallen behind as it has not acknowledged receipt of logs."}}""");

    void EndBatch()
    {
        lock (_gate)
        {
            _inFlight = 0;
            if (_queue.Count == 0)
                _emptied?.TrySetResult();
        }
    }

    async Task SendUntilTakenAsync(List<byte[]> batch)
    {
        for (var pause = s_firstPause; ; pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause)
        {
            while (_hub.BeginSending(this) is { } paused)
                await paused.WaitAsync(_stopping.Token);
            bool taken;
            try
            {
                taken = await TrySendAsync(batch);
            }
            finally
            {
                _hub.EndSending(this);
            }

            if (taken)
                return;
            await Task.Delay(pause, _hub.Time, _stopping.Token);
        }
    }

    async Task<bool> TrySendAsync(List<byte[]> batch)
    {
        using var limit = new CancellationTokenSource(s_longestAttempt, _hub.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            if (_http is null)
                return await TrySendLinesAsync(batch, either.Token);
            using var request = new HttpRequestMessage(Subscription.Method, Subscription.Uri)
            {
                Content = new BatchContent(batch),
                Version = HttpVersion.Version11,
            };
            using var response = await _http.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception failed) when (
            failed is HttpRequestException or IOException or SocketException or NotSupportedException
            || (failed is OperationCanceledException && !_stopping.IsCancellationRequested))
        {
            return false;
        }
    }

    async Task<bool> TrySendLinesAsync(List<byte[]> batch, CancellationToken cancellation)
    {
        try
        {
            _tcp ??= await ConnectAsync(cancellation);
            foreach (var record in batch)
            {
                for (var sent = 0; sent < record.Length;)
                    sent += await _tcp.SendAsync(record.AsMemory(sent), cancellation);
                await _tcp.SendAsync("\n"u8.ToArray(), cancellation);
            }

            return true;
        }
        catch
        {
            // Half a record may be out: the next attempt is a new connection.
            _tcp?.Dispose();
            _tcp = null;
            throw;
        }
    }

    async Task<Socket> ConnectAsync(CancellationToken cancellation)
    {
        var socket = _hub.Connect();
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Subscription.Port), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A JSON array of records, which are not copied for it.</summary>
    sealed class BatchContent : HttpContent
    {
        readonly List<byte[]> _records;

        public BatchContent(List<byte[]> records)
        {
            _records = records;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < _records.Count; i++)
            {
                await stream.WriteAsync(i == 0 ? "["u8.ToArray() : ","u8.ToArray());
                await stream.WriteAsync(_records[i]);
            }

            await stream.WriteAsync("]"u8.ToArray());
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            SerializeToStreamAsync(stream, context);

        protected override bool TryComputeLength(out long length)
        {
            length = _records.Sum(static record => (long)record.Length + 1) + 1;
            return true;
        }
    }
}
