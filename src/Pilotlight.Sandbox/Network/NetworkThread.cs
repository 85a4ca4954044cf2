using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>
/// Runs work in another network namespace, on a thread of its own that ends with it: a pool thread left in a sandbox's network would
/// be a hole. The thread is back in the host's namespace before anyone hears of the result, because whoever is woken may make the
/// runtime start a thread, and a new thread inherits the namespace of the one that starts it. For the same reason the work must not
/// start, queue or await anything.
/// </summary>
static partial class NetworkThread
{
    internal const string OwnNamespace = "/proc/thread-self/ns/net";
    const int NewNetwork = 0x40000000;
    const int StackBytes = 256 * 1024;

    static readonly SafeFileHandle Home = File.OpenHandle("/proc/self/ns/net");

    /// <summary>Runs work that enters a namespace itself, by <see cref="EnterNew"/>.</summary>
    internal static Task RunAsync(Action work)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        StartThread(() =>
        {
            if (Attempt(work) is { } failure)
                completion.SetException(failure);
            else
                completion.SetResult();
        });
        return completion.Task;
    }

    /// <summary>Runs work in the namespace of a file, while the caller waits (well under a millisecond).</summary>
    /// <exception cref="SandboxException">There is no such namespace.</exception>
    internal static T RunIn<T>(string namespacePath, Func<T> work)
    {
        var outcome = default(T);
        Exception? failure = null;
        var thread = StartThread(() => failure = Attempt(() =>
        {
            Enter(namespacePath);
            outcome = work();
        }));
        thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return outcome!;
    }

    /// <summary>Gives the calling thread a network namespace of its own. Only for work that runs here.</summary>
    internal static void EnterNew()
    {
        if (Posix.unshare(NewNetwork) != 0)
            throw new SandboxException($"no network namespace: {Posix.LastMessage}");
    }

    static void Enter(string namespacePath)
    {
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(namespacePath);
        }
        catch (IOException missing)
        {
            throw new SandboxException($"the network namespace {namespacePath} is gone", missing);
        }
        using (handle)
        {
            if (SystemSetNamespace(handle, NewNetwork) != 0)
                throw new SandboxException($"cannot enter the network namespace {namespacePath}: {Posix.LastMessage}");
        }
    }

    static Thread StartThread(ThreadStart body)
    {
        var thread = new Thread(body, StackBytes) { IsBackground = true, Name = "network namespace" };
        thread.Start();
        return thread;
    }

    static Exception? Attempt(Action work)
    {
        Exception? failure = null;
        try
        {
            work();
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        if (SystemSetNamespace(Home, NewNetwork) != 0)
            Environment.FailFast($"cannot return to the host's network namespace: {Posix.LastMessage}");
        return failure;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SystemSetNamespace(SafeFileHandle handle, int type);
}
