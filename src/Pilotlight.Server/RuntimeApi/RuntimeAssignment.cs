namespace Pilotlight.RuntimeApi;

/// <summary>What a runtime that was started ahead of need asks for before everything else: told once, to the first who asks.</summary>
public sealed class RuntimeAssignment
{
    readonly TaskCompletionSource<ReadOnlyMemory<byte>> _told = new();
    readonly TaskCompletionSource _awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _asked;

    /// <summary>Completes when the runtime has asked.</summary>
    public Task Awaited => _awaited.Task;

    /// <summary>Tells the runtime what it is for: JSON for our own clients.</summary>
    public void Tell(ReadOnlyMemory<byte> assignment)
    {
        if (!_told.TrySetResult(assignment))
            throw new InvalidOperationException("A stem is assigned once.");
    }

    /// <summary>The assignment, for the first who asks; null for everybody after, who may be a function's code.</summary>
    internal Task<ReadOnlyMemory<byte>>? Take()
    {
        if (Interlocked.Exchange(ref _asked, 1) != 0)
            return null;
        _awaited.TrySetResult();
        return _told.Task;
    }
}
