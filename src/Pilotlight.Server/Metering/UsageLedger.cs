namespace Pilotlight.Metering;

/// <summary>
/// Adds up what is used and writes it down every few seconds, and when the platform stops. What a <c>kill -9</c> finds unwritten is
/// lost: an account of use is no promise to a caller, and an invocation must not wait for a disk.
/// </summary>
public sealed partial class UsageLedger(UsageStore store, TimeProvider time, ILogger<UsageLedger> log) : BackgroundService
{
    static readonly TimeSpan s_writeEvery = TimeSpan.FromSeconds(5);

    readonly Lock _gate = new();
    Dictionary<UsageKey, UsageAmounts> _open = [];

    /// <summary>Adds an amount to today's account of a version.</summary>
    public void Add(string accountId, string region, string function, string version, string architecture, in UsageAmounts amounts)
    {
        var key = new UsageKey(accountId, region, function, version, architecture, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        lock (_gate)
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_open, key, out _) += amounts;
    }

    /// <summary>Writes down what has come in so far.</summary>
    public async Task FlushAsync()
    {
        Dictionary<UsageKey, UsageAmounts> taken;
        lock (_gate)
        {
            if (_open.Count == 0)
                return;
            (taken, _open) = (_open, []);
        }

        try
        {
            await store.AddAsync([.. taken.Select(entry => new UsageRow(entry.Key, entry.Value))]);
        }
        catch
        {
            lock (_gate)
            {
                foreach (var (key, amounts) in taken)
                    _open[key] = _open.GetValueOrDefault(key) + amounts;
            }

            throw;
        }
    }

    /// <summary>Forgets everything; for a reset.</summary>
    public async Task ClearAsync()
    {
        lock (_gate)
            _open.Clear();
        await store.ClearAsync();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryFlushAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_writeEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryFlushAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task TryFlushAsync()
    {
        try
        {
            await FlushAsync();
        }
        catch (Exception refused)
        {
            NotWritten(refused);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The account of use could not be written; it is kept in memory and tried again")]
    partial void NotWritten(Exception refused);
}
