using System.Collections.Concurrent;

namespace Pilotlight.Sandbox;

/// <summary>
/// A thread with a mount namespace of its own, in which root file systems are prepared and from which OCI runtimes are started.
/// What is mounted there is seen by nobody else and vanishes with this process, however it ends; what the host mounts arrives in it.
/// </summary>
sealed class LaunchThread : IDisposable
{
    readonly BlockingCollection<Action> _work = [];
    readonly BlockingCollection<Action> _answers = [];
    readonly Thread _thread;
    readonly Thread _answering;

    LaunchThread()
    {
        _thread = new Thread(() => Consume(_work), 1024 * 1024) { IsBackground = true, Name = "sandbox launches" };
        _answering = new Thread(() => Consume(_answers), 256 * 1024) { IsBackground = true, Name = "sandbox launched" };
        _thread.Start();
        _answering.Start();
    }

    /// <param name="hiddenMount">A mount that must not be seen there, or null.</param>
    public static async Task<LaunchThread> OpenAsync(string? hiddenMount)
    {
        var thread = new LaunchThread();
        try
        {
            await thread.RunAsync(() => Enter(hiddenMount));
            return thread;
        }
        catch
        {
            thread.Dispose();
            throw;
        }
    }

    /// <summary>Runs on the thread. The action must not start threads nor queue work: it would be done in the wrong namespace.</summary>
    public Task<T> RunAsync<T>(Func<T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            // Completing a task may make the pool start a thread, and a thread is born into the namespaces of the one that makes it.
            // So another thread does that, one that has stayed where it was.
            try
            {
                var result = action();
                _answers.Add(() => done.SetResult(result));
            }
            catch (Exception e)
            {
                _answers.Add(() => done.SetException(e));
            }
        });
        return done.Task;
    }

    static bool Enter(string? hiddenMount)
    {
        if (Posix.unshare(Posix.CLONE_FS | Posix.CLONE_NEWNS) < 0
            || Posix.mount(null, "/", null, Posix.MS_REC | Posix.MS_SLAVE, null) < 0)
            throw new SandboxException($"a private mount namespace cannot be made: {Posix.LastMessage}; run as root");
        return hiddenMount is null || Posix.umount2(hiddenMount, Posix.MNT_DETACH) == 0;
    }

    static void Consume(BlockingCollection<Action> actions)
    {
        foreach (var action in actions.GetConsumingEnumerable())
            action();
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _answers.CompleteAdding();
        _answering.Join();
        _work.Dispose();
        _answers.Dispose();
    }
}
