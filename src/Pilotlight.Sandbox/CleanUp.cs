namespace Pilotlight.Sandbox;

/// <summary>
/// What has to be undone, newest first. Every step is tried whatever the others did: something that is left is found by the next
/// start, so a step that fails is no reason to leave the rest.
/// </summary>
sealed class CleanUp
{
    readonly Lock _gate = new();
    readonly Stack<Func<Task>> _steps = [];
    Task? _run;

    public void Add(Func<Task> step)
    {
        lock (_gate)
            _steps.Push(step);
    }

    public void Add(Action step) => Add(() =>
    {
        step();
        return Task.CompletedTask;
    });

    public void Add(IAsyncDisposable resource) => Add(() => resource.DisposeAsync().AsTask());

    public void Add(IDisposable resource) => Add(resource.Dispose);

    /// <summary>Undoes everything, once; later callers wait for the first.</summary>
    public Task RunAsync()
    {
        lock (_gate)
            return _run ??= Task.Run(RunOnceAsync);
    }

    async Task RunOnceAsync()
    {
        while (true)
        {
            Func<Task>? step;
            lock (_gate)
            {
                if (!_steps.TryPop(out step))
                    return;
            }
            try
            {
                await step();
            }
            catch (Exception e)
            {
                // Nobody can do better here than the next start, which clears by name.
                System.Diagnostics.Debug.WriteLine(e);
            }
        }
    }
}
