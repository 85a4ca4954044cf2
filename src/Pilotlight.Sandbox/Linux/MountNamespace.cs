using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>
/// Puts host folders into the mount namespace of a process that runs already. The mounts belong to that namespace alone: they vanish
/// with it, and nothing of them is seen on the host.
/// </summary>
static partial class MountNamespace
{
    const string Home = "/proc/self/ns/mnt";
    const int StackBytes = 256 * 1024;

    static readonly SafeFileHandle HomeNamespace = File.OpenHandle(Home);

    /// <summary>
    /// Binds folders read-only (nosuid, nodev) inside, outermost first, while the caller waits (well under a millisecond). Only for a
    /// process that has not yet run a stranger's code: the targets are looked up in its own file system.
    /// </summary>
    /// <exception cref="SandboxException">A folder could not be bound; the sandbox is not to be used.</exception>
    public static void Bind(int process, IReadOnlyList<SandboxMount> mounts)
    {
        if (mounts.Count == 0)
            return;
        using var inside = OpenNamespace(process);
        var trees = new List<(SafeFileHandle Tree, string Target)>(mounts.Count);
        try
        {
            // Cloned and sealed while they are nowhere, so that they are never seen writable.
            foreach (var mount in mounts.OrderBy(mount => mount.Target.Length))
                trees.Add((Clone(mount.Source), mount.Target));
            Run(inside, () =>
            {
                foreach (var (tree, target) in trees)
                {
                    if (Posix.MoveMount(tree, target) < 0)
                        throw new SandboxException($"nothing can be mounted at {target} in a running sandbox: {Posix.LastMessage}");
                }
            });
        }
        finally
        {
            foreach (var (tree, _) in trees)
                tree.Dispose();
        }
    }

    /// <summary>Whether the kernel has what <see cref="Bind"/> needs (Linux 5.12).</summary>
    public static bool IsAvailable()
    {
        try
        {
            Clone("/proc/self").Dispose();
            return true;
        }
        catch (SandboxException)
        {
            return false;
        }
    }

    static SafeFileHandle Clone(string source)
    {
        var descriptor = Posix.OpenTree(source);
        if (descriptor < 0)
            throw new SandboxException($"'{source}' cannot be bound into a running sandbox: {Posix.LastMessage}");
        var tree = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Posix.SealTree(tree) == 0)
            return tree;
        var reason = Posix.LastMessage;
        tree.Dispose();
        throw new SandboxException($"'{source}' cannot be made read-only: {reason}");
    }

    static SafeFileHandle OpenNamespace(int process)
    {
        try
        {
            return File.OpenHandle($"/proc/{process}/ns/mnt");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException("the sandbox has ended", gone);
        }
    }

    // A thread of its own that is home again before anyone hears of the result: see NetworkThread.
    static void Run(SafeFileHandle inside, Action work)
    {
        // Read here: inside, /proc is the sandbox's.
        var home = HomeNamespace;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Posix.unshare(Posix.CLONE_FS) != 0 || Posix.setns(inside, Posix.CLONE_NEWNS) != 0)
                    throw new SandboxException($"cannot enter the sandbox's mount namespace: {Posix.LastMessage}");
                work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
            if (Posix.setns(home, Posix.CLONE_NEWNS) != 0)
                Environment.FailFast($"cannot return to the host's mount namespace: {Posix.LastMessage}");
        }, StackBytes)
        { IsBackground = true, Name = "mount namespace" };
        thread.Start();
        thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }
}
