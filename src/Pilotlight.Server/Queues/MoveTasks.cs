using System.Collections.Immutable;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Queues;

/// <summary>Owns the move tasks: one at a time runs for a source, and one that a stop of the platform interrupts goes on at the next start.</summary>
sealed partial class MoveTasks(QueueCatalog catalog, QueueStore store, TimeProvider time, ILogger<MoveTasks> log) : IHostedService, IErasable, IDisposable
{
    const int MaxRemembered = 10;
    const int Batch = 100;

    readonly Lock _gate = new();
    readonly CancellationTokenSource _stopping = new();
    readonly Dictionary<string, (Task Run, CancellationTokenSource Cancel)> _running = [];

    /// <summary>By source, the newest last.</summary>
    ImmutableDictionary<string, ImmutableList<MoveTask>> _tasks = ImmutableDictionary<string, ImmutableList<MoveTask>>.Empty;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _tasks = store.LoadTasks().GroupBy(static task => task.SourceArn).ToImmutableDictionary(static tasks => tasks.Key, static tasks => tasks.ToImmutableList());
        foreach (var task in _tasks.Values.SelectMany(static tasks => tasks).Where(static task => task.Status is MoveTask.Running).ToList())
            Run(task);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(Runs());
    }

    public IReadOnlyList<MoveTask> Of(string sourceArn)
    {
        lock (_gate)
            return _tasks.GetValueOrDefault(sourceArn) ?? [];
    }

    /// <exception cref="AwsException">Another one runs for the source.</exception>
    public async Task<MoveTask> StartAsync(Queue source, string? destinationArn, int? perSecond)
    {
        var task = new MoveTask(Guid.NewGuid().ToString(), source.Arn, destinationArn, perSecond)
        {
            StartedMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds(),
            ToMove = source.Count().Visible,
        };
        List<string> forgotten;
        lock (_gate)
        {
            var tasks = _tasks.GetValueOrDefault(source.Arn) ?? [];
            if (tasks.Exists(static other => other.Status is MoveTask.Running or MoveTask.Cancelling))
                throw SqsErrors.InvalidParameter("There is already a task running. Only one active task is allowed for a source queue arn at a given time.").AsException();
            tasks = tasks.Add(task);
            forgotten = [.. tasks.Take(Math.Max(0, tasks.Count - MaxRemembered)).Select(static old => old.Id)];
            _tasks = _tasks.SetItem(source.Arn, tasks.RemoveRange(0, forgotten.Count));
        }

        await store.SaveAsync(task);
        if (forgotten.Count > 0)
            await store.ForgetTasksAsync(forgotten);
        Run(task);
        return task;
    }

    /// <returns>How many messages it had moved.</returns>
    /// <exception cref="AwsException">There is no such task, or it does not run.</exception>
    public async Task<long> CancelAsync(string sourceArn, string id)
    {
        CancellationTokenSource cancel;
        MoveTask task;
        lock (_gate)
        {
            if (_tasks.GetValueOrDefault(sourceArn)?.Find(task => task.Id == id) is not { } found)
                throw SqsErrors.NotFound("Task does not exist.").AsException();
            if (found.Status != MoveTask.Running || !_running.TryGetValue(id, out var running))
                throw SqsErrors.InvalidParameter("Only active tasks can be cancelled.").AsException();
            (task, cancel) = (found with { Status = MoveTask.Cancelling }, running.Cancel);
            ReplaceLocked(task);
        }

        await cancel.CancelAsync();
        return task.Moved;
    }

    public async Task EraseAsync()
    {
        List<CancellationTokenSource> cancels;
        lock (_gate)
        {
            _tasks = ImmutableDictionary<string, ImmutableList<MoveTask>>.Empty;
            cancels = [.. _running.Values.Select(static running => running.Cancel)];
        }

        foreach (var cancel in cancels)
            await cancel.CancelAsync();
        await Task.WhenAll(Runs());
        await store.EraseAsync();
    }

    public void Dispose() => _stopping.Dispose();

    List<Task> Runs()
    {
        lock (_gate)
            return [.. _running.Values.Select(static running => running.Run)];
    }

    void Run(MoveTask task)
    {
        lock (_gate)
        {
            var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            _running[task.Id] = (Task.Run(() => RunAsync(task, cancel), CancellationToken.None), cancel);
        }
    }

    async Task RunAsync(MoveTask task, CancellationTokenSource cancel)
    {
        try
        {
            task = await MoveAllAsync(task, cancel.Token);
        }
        catch (OperationCanceledException)
        {
            task = Current(task) with { Status = _stopping.IsCancellationRequested ? MoveTask.Running : MoveTask.Cancelled };
        }
        catch (Exception failure)
        {
            var reason = (failure as AwsException)?.Error is { } error ? error.QueryCode ?? error.Code : "InternalError";
            if (failure is not AwsException)
                MoveFailed(failure, task.SourceArn);
            task = Current(task) with { Status = MoveTask.Failed, FailureReason = reason };
        }

        try
        {
            await store.SaveAsync(task);
        }
        catch (Exception failure)
        {
            MoveFailed(failure, task.SourceArn);
        }

        lock (_gate)
        {
            ReplaceLocked(task);
            _running.Remove(task.Id);
        }

        cancel.Dispose();
    }

    async Task<MoveTask> MoveAllAsync(MoveTask task, CancellationToken cancellation)
    {
        while (true)
        {
            var source = catalog.Find(task.SourceArn) ?? throw SqsErrors.NoSuchQueue.AsException();
            var moved = await source.RedriveAsync(
                Math.Min(Batch, task.PerSecond ?? Batch), came => (task.DestinationArn ?? came) is { } target ? catalog.Find(target) : null);
            task = Current(task) with { Moved = task.Moved + (moved ?? 0) };
            lock (_gate)
                ReplaceLocked(task);
            if (moved is null)
                throw SqsErrors.NoSuchQueue.AsException();
            if (moved == 0)
                return task with { Status = MoveTask.Completed };
            if (task.PerSecond is { } most)
                await Task.Delay(TimeSpan.FromSeconds((double)moved.Value / most), time, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    MoveTask Current(MoveTask task)
    {
        lock (_gate)
            return _tasks.GetValueOrDefault(task.SourceArn)?.Find(other => other.Id == task.Id) ?? task;
    }

    void ReplaceLocked(MoveTask task)
    {
        if (_tasks.GetValueOrDefault(task.SourceArn) is { } tasks && tasks.FindIndex(other => other.Id == task.Id) is >= 0 and var index)
            _tasks = _tasks.SetItem(task.SourceArn, tasks.SetItem(index, task));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Moving the messages of {Source} failed")]
    partial void MoveFailed(Exception failure, string source);
}
