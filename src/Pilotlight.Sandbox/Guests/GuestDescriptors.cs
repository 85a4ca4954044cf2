using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>The host's ends of what connects it to a guest.</summary>
sealed record GuestEnds(Socket Control, SafeFileHandle Output, SafeFileHandle Telemetry, SafeFileHandle Aside) : IDisposable
{
    public void Dispose()
    {
        Control.Dispose();
        Output.Dispose();
        Telemetry.Dispose();
        Aside.Dispose();
    }
}

/// <summary>
/// The guest's ends, in the order of the numbers under which it gets them: standard input, output and error, the control socket
/// (3), the telemetry pipe (4) and the second output pipe (5). To be closed here once the guest has them, or no end of file would ever be seen.
/// </summary>
sealed unsafe class GuestDescriptors : IDisposable
{
    readonly SafeFileHandle[] _inherited;

    GuestDescriptors(params SafeFileHandle[] inherited) => _inherited = inherited;

    public ReadOnlySpan<SafeFileHandle> Inherited => _inherited;

    public static (GuestEnds Host, GuestDescriptors Guest) Create()
    {
        // An OCI runtime gives its standard streams to the container's user: were input /dev/null, the host's own would be given away.
        var (input, inputWriter) = Pipe();
        inputWriter.Dispose();
        var (output, outputWriter) = Pipe();
        var (telemetry, telemetryWriter) = Pipe();
        var (aside, asideWriter) = Pipe();
        var ends = stackalloc int[2];
        Check(Posix.socketpair(Posix.AF_UNIX, Posix.SOCK_STREAM | Posix.SOCK_CLOEXEC, 0, ends));
        var control = new Socket(new SafeSocketHandle(ends[0], ownsHandle: true));
        SetNonBlocking(output);
        SetNonBlocking(telemetry);
        SetNonBlocking(aside);
        return (new(control, output, telemetry, aside), new(input, outputWriter, outputWriter, Raise(ends[1]), telemetryWriter, asideWriter));
    }

    /// <summary>Gives the pipes to the user inside, who may otherwise not open them again by <c>/dev/stdout</c> and <c>/proc/self/fd</c>.</summary>
    public void GiveTo(uint user, uint group)
    {
        Check(Posix.fchown(_inherited[1], user, group));
        Check(Posix.fchown(_inherited[4], user, group));
        Check(Posix.fchown(_inherited[5], user, group));
    }

    public void Dispose()
    {
        foreach (var descriptor in _inherited)
            descriptor.Dispose();
    }

    static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        Check(Posix.pipe2(ends, Posix.O_CLOEXEC));
        return (new(ends[0], ownsHandle: true), Raise(ends[1]));
    }

    // Numbers out of reach of 0 to 5, so that no descriptor is overwritten while they are put in place in the child.
    static SafeFileHandle Raise(int descriptor)
    {
        var raised = Posix.fcntl(descriptor, Posix.F_DUPFD_CLOEXEC, 16);
        _ = Posix.close(descriptor);
        Check(raised);
        return new(raised, ownsHandle: true);
    }

    static void SetNonBlocking(SafeFileHandle descriptor)
    {
        var number = (int)descriptor.DangerousGetHandle();
        Check(Posix.fcntl(number, Posix.F_SETFL, Posix.fcntl(number, Posix.F_GETFL, 0) | Posix.O_NONBLOCK));
    }

    static void Check(int result)
    {
        if (result < 0)
            throw new SandboxException($"no descriptors for a sandbox: {Posix.LastMessage}; raise the limit of open files (ulimit -n)");
    }
}
