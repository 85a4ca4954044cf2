using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>
/// A running sandbox: a guest, and whatever it was told to start. Disposing kills every process inside, waits until they are
/// gone and undoes mounts, namespaces, control groups, volumes and loop devices; it never throws and may be called twice.
/// </summary>
public interface ISandbox : IAsyncDisposable
{
    string Id { get; }

    /// <summary>
    /// Read end of the pipe that is standard output and error of every process inside. Non-blocking. The reader closes it, after the
    /// end of file that follows the sandbox's end: disposing the sandbox does not, so that no last lines are lost.
    /// </summary>
    SafeFileHandle Output { get; }

    /// <summary>
    /// Read end of the framed log pipe, whose write end every started process has as descriptor <see cref="TelemetryDescriptor"/>.
    /// Non-blocking; the reader closes it, as <see cref="Output"/>.
    /// </summary>
    SafeFileHandle Telemetry { get; }

    /// <summary>
    /// Read end of the pipe that is standard output and error of processes started with <see cref="ProcessOutput.Aside"/>.
    /// Non-blocking; the reader closes it, as <see cref="Output"/>.
    /// </summary>
    SafeFileHandle AsideOutput { get; }

    /// <summary>The descriptor number of the framed log pipe inside (AWS uses 62).</summary>
    const int TelemetryDescriptor = 62;

    /// <summary>
    /// A listening TCP socket inside the sandbox's network namespace (127.0.0.1:<paramref name="port"/>). The process driver has no
    /// namespace: there the port is any free one of the host's loopback, to be read from <see cref="Socket.LocalEndPoint"/>.
    /// </summary>
    Socket Listen(int port);

    /// <summary>
    /// An unconnected TCP socket of the sandbox's network: it reaches what listens inside, on 127.0.0.1. The process driver has no
    /// namespace: there it is a socket of the host.
    /// </summary>
    /// <exception cref="SandboxException">The sandbox is gone.</exception>
    Socket OpenSocket();

    /// <summary>The path at which code inside sees <paramref name="path"/>: the same in a container, a host path in the process driver.</summary>
    string PathInside(string path);

    /// <summary>Starts a process as the sandbox's unprivileged user. Returns once <c>execve</c> has succeeded.</summary>
    /// <exception cref="SandboxExecException">The program could not be executed (missing, not executable, wrong format).</exception>
    /// <exception cref="SandboxException">The sandbox is gone.</exception>
    Task<SandboxProcess> StartAsync(ProcessSpec spec, CancellationToken cancellation);

    /// <summary>
    /// Gives a sandbox that was made ahead its purpose: its limits, and what it shows. Once, and before any stranger's code runs in it
    /// (what runs so far must be one's own). Only where <see cref="ISandboxDriver.CanAssign"/>.
    /// </summary>
    /// <exception cref="SandboxException">It could not be done, and the sandbox must not be used.</exception>
    void Assign(SandboxAssignment assignment);

    /// <summary>Stops all processor use inside, at once. Idempotent. A driver that cannot do it does nothing.</summary>
    void Freeze();

    /// <summary>Undoes <see cref="Freeze"/>.</summary>
    void Thaw();

    /// <summary>Memory charged to the sandbox now, and its peak since the last <see cref="ResetPeakMemory"/>. Cheap: open descriptors, no allocation.</summary>
    MemoryUsage ReadMemory();

    /// <summary>Of <see cref="ReadMemory"/> the peak alone: cheaper still.</summary>
    long ReadPeakMemory();

    void ResetPeakMemory();

    /// <summary>Processor time used inside since the start.</summary>
    TimeSpan ReadCpuTime();

    /// <summary>Completes when the guest, and with it everything inside, has ended, for whatever reason.</summary>
    Task Ended { get; }
}

/// <summary>Bytes; <c>OutOfMemoryKills</c> counts processes that the kernel killed for the limit since the start.</summary>
public readonly record struct MemoryUsage(long CurrentBytes, long PeakBytes, long OutOfMemoryKills);

/// <summary>What to execute. <c>Arguments[0]</c> is the name the program sees of itself; <c>Environment</c> is complete, nothing is added.</summary>
public sealed record ProcessSpec
{
    public required string Path { get; init; }
    public required IReadOnlyList<string> Arguments { get; init; }
    public required IReadOnlyDictionary<string, string> Environment { get; init; }
    public required string WorkingDirectory { get; init; }

    public ProcessOutput Output { get; init; }
}

/// <summary>Where a process's standard output and error go.</summary>
public enum ProcessOutput
{
    /// <summary><see cref="ISandbox.Output"/>; and it has the framed log pipe.</summary>
    Main,

    /// <summary><see cref="ISandbox.AsideOutput"/>, and nothing else.</summary>
    Aside,
}

/// <summary>A process inside a sandbox. It stays valid after the process has ended.</summary>
public abstract class SandboxProcess
{
    /// <summary>The process id as seen inside.</summary>
    public abstract int Id { get; }

    /// <summary>Completes with how it ended; never faults. A sandbox that dies ends its processes with signal 9.</summary>
    public abstract Task<ExitStatus> Exited { get; }

    /// <summary>Sends a signal (POSIX number) to the process; does nothing when it has ended.</summary>
    public abstract void Signal(int signal);
}

/// <summary>How a process ended: an exit code, or the signal that ended it.</summary>
public readonly record struct ExitStatus(int Code, int Signal)
{
    public bool Signaled => Signal != 0;

    /// <summary>As Go's <c>os/exec</c> and so AWS words it: <c>exit status 1</c>, <c>signal: killed</c>.</summary>
    public override string ToString() => Signaled ? $"signal: {SignalName(Signal)}" : $"exit status {Code}";

    static string SignalName(int signal) => signal switch
    {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => $"signal {signal}",
    };
}

/// <summary>A program could not be executed. <c>Error</c> is the errno.</summary>
public sealed class SandboxExecException(string path, int error, string message) : Exception(message)
{
    public string Path { get; } = path;
    public int Error { get; } = error;
}
