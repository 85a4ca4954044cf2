namespace Pilotlight.Sandbox;

/// <summary>The sandboxes of one driver, from the first step of making them to the last of clearing them.</summary>
sealed class SandboxRegister
{
    readonly Lock _gate = new();
    readonly Dictionary<string, CleanUp> _sandboxes = [];
    readonly HashSet<Task> _making = [];
    bool _isClosed;

    /// <summary>Makes a sandbox. What <paramref name="make"/> has put into the clean-up is undone should it fail.</summary>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, Func<CleanUp, Task<ISandbox>> make)
    {
        SandboxName.Check(spec.Id);
        var cleanUp = new CleanUp();
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isClosed)
                throw new SandboxException("the sandbox driver is closed");
            if (!_sandboxes.TryAdd(spec.Id, cleanUp))
                throw new SandboxException($"there is a sandbox '{spec.Id}' already");
            _making.Add(made.Task);
        }
        cleanUp.Add(() => Forget(spec.Id));
        try
        {
            return await make(cleanUp);
        }
        catch (Exception e)
        {
            await cleanUp.RunAsync();
            if (e is SandboxException or OperationCanceledException)
                throw;
            throw new SandboxException($"a sandbox could not be made: {e.Message}", e);
        }
        finally
        {
            lock (_gate)
                _making.Remove(made.Task);
            made.SetResult();
        }
    }

    void Forget(string id)
    {
        lock (_gate)
            _sandboxes.Remove(id);
    }

    /// <summary>Refuses new ones, waits for those that are being made, and clears all. False when that was done before.</summary>
    public async Task<bool> CloseAsync()
    {
        Task[] making;
        lock (_gate)
        {
            if (_isClosed)
                return false;
            _isClosed = true;
            making = [.. _making];
        }
        // One half made has not yet said all that is to be undone.
        await Task.WhenAll(making);
        CleanUp[] cleanUps;
        lock (_gate)
            cleanUps = [.. _sandboxes.Values];
        await Task.WhenAll(cleanUps.Select(cleanUp => cleanUp.RunAsync()));
        return true;
    }
}
