using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Pilotlight.Sandbox;

namespace Pilotlight.Testing;

/// <summary>
/// A sandbox driver whose "process" is a delegate in the test: it talks to the real Runtime API over real sockets and writes to real
/// pipes, but needs neither root nor a kernel feature. For the server ring.
/// </summary>
/// <param name="program">What runs as the runtime; it returns how its process ended.</param>
public sealed class FakeSandboxDriver(Func<FakeProcessContext, Task<ExitStatus>> program) : ISandboxDriver
{
    readonly List<FakeSandbox> _sandboxes = [];
    readonly Lock _gate = new();

    public string Name => "fake";

    /// <summary>Tests of stems turn it on.</summary>
    public bool CanAssign { get; init; }

    public IReadOnlyList<string> Limitations => [];

    /// <summary>Says which programs cannot be executed.</summary>
    public Func<ProcessSpec, SandboxExecException?>? Refuse { get; init; }

    /// <summary>Every sandbox ever made, in order.</summary>
    public IReadOnlyList<FakeSandbox> Sandboxes
    {
        get
        {
            lock (_gate)
                return [.. _sandboxes];
        }
    }

    public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellation)
    {
        var sandbox = new FakeSandbox(spec, program) { Refuse = Refuse };
        lock (_gate)
            _sandboxes.Add(sandbox);
        return Task.FromResult<ISandbox>(sandbox);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>What the delegate sees: its variables, its output, and a token that ends when the process is killed.</summary>
public sealed record FakeProcessContext(ProcessSpec Spec, Action<string> Write, CancellationToken Killed)
{
    static readonly HttpClient s_http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public string RuntimeApi => $"http://{Spec.Environment["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime";

    /// <summary>A connection to the Runtime API, for whoever writes its bytes himself.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(Spec.Environment["AWS_LAMBDA_RUNTIME_API"]), Killed);
        return socket;
    }

    public Task<HttpResponseMessage> NextAsync() => s_http.GetAsync($"{RuntimeApi}/invocation/next", Killed);

    public Task<HttpResponseMessage> RespondAsync(string requestId, string body) =>
        s_http.PostAsync($"{RuntimeApi}/invocation/{requestId}/response", new StringContent(body), Killed);

    public Task<HttpResponseMessage> FailAsync(string requestId, string body) =>
        s_http.PostAsync($"{RuntimeApi}/invocation/{requestId}/error", new StringContent(body), Killed);

    public Task<HttpResponseMessage> FailInitAsync(string body, string errorType)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"{RuntimeApi}/init/error") { Content = new StringContent(body) };
        request.Headers.Add("Lambda-Runtime-Function-Error-Type", errorType);
        return s_http.SendAsync(request, Killed);
    }

    /// <summary>Answers every event with what <paramref name="handle"/> makes of it, until the process is killed.</summary>
    public async Task<ExitStatus> ServeAsync(Func<string, string, string> handle)
    {
        while (true)
        {
            using var next = await NextAsync();
            var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
            using var accepted = await RespondAsync(id, handle(id, await next.Content.ReadAsStringAsync(Killed)));
        }
    }
}

public sealed partial class FakeSandbox : ISandbox
{
    readonly Func<FakeProcessContext, Task<ExitStatus>> _program;
    readonly CancellationTokenSource _killed = new();
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly SafeFileHandle _outputWrite;
    readonly SafeFileHandle _telemetryWrite;
    readonly SafeFileHandle _asideWrite;
    readonly Lock _gate = new();
    readonly List<FakeProcess> _processes = [];

    public FakeSandbox(SandboxSpec spec, Func<FakeProcessContext, Task<ExitStatus>> program)
    {
        (Spec, _program) = (spec, program);
        (Output, _outputWrite) = Pipe();
        (Telemetry, _telemetryWrite) = Pipe();
        (AsideOutput, _asideWrite) = Pipe();
    }

    public SandboxSpec Spec { get; }

    public string Id => Spec.Id;

    /// <summary>Of the process in it, once it is started.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; private set; }

    public SafeFileHandle Output { get; }

    public SafeFileHandle Telemetry { get; }

    public SafeFileHandle AsideOutput { get; }

    /// <summary>Every process ever started in it, in order.</summary>
    public IReadOnlyList<FakeProcess> Processes
    {
        get
        {
            lock (_gate)
                return [.. _processes];
        }
    }

    public Task Ended => _ended.Task;

    /// <summary>What the sandbox was given, once it was.</summary>
    public SandboxAssignment? Assignment { get; private set; }

    public void Assign(SandboxAssignment assignment) =>
        Assignment = Assignment is null ? assignment : throw new InvalidOperationException("A sandbox was assigned twice.");

    public bool IsFrozen { get; private set; }

    public bool IsDisposed { get; private set; }

    public MemoryUsage Memory { get; set; } = new(10 << 20, 12 << 20, 0);

    public Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    public Socket OpenSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public string PathInside(string path) => path;

    public Task<SandboxProcess> StartAsync(ProcessSpec spec, CancellationToken cancellation)
    {
        if (Refuse?.Invoke(spec) is { } refused)
            throw refused;
        var aside = spec.Output == ProcessOutput.Aside;
        if (!aside)
            Variables = spec.Environment;
        var killed = CancellationTokenSource.CreateLinkedTokenSource(_killed.Token);
        var context = new FakeProcessContext(spec, text => Write(aside ? _asideWrite : _outputWrite, text), killed.Token);
        var process = new FakeProcess(spec, _program(context), killed);
        lock (_gate)
            _processes.Add(process);
        return Task.FromResult<SandboxProcess>(process);
    }

    /// <summary>Says which programs cannot be executed.</summary>
    internal Func<ProcessSpec, SandboxExecException?>? Refuse { get; init; }

    public void Freeze() => IsFrozen = true;

    public void Thaw() => IsFrozen = false;

    public MemoryUsage ReadMemory() => Memory;

    public long ReadPeakMemory() => Memory.PeakBytes;

    public void ResetPeakMemory()
    {
    }

    public TimeSpan ReadCpuTime() => TimeSpan.Zero;

    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        await _killed.CancelAsync();
        _outputWrite.Dispose();
        _telemetryWrite.Dispose();
        _asideWrite.Dispose();
        _ended.TrySetResult();
    }

    static unsafe void Write(SafeFileHandle pipe, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        fixed (byte* first = bytes)
        {
            if (write((int)pipe.DangerousGetHandle(), first, bytes.Length) != bytes.Length)
                throw new IOException("The pipe did not take it.");
        }
    }

    static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        Span<int> ends = stackalloc int[2];
        unsafe
        {
            fixed (int* first = ends)
            {
                if (pipe2(first, 0x80800 /* O_CLOEXEC | O_NONBLOCK */) != 0)
                    throw new IOException("pipe2 failed");
            }
        }

        return (new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(int descriptor, void* bytes, nint count);
}

public sealed class FakeProcess(ProcessSpec spec, Task<ExitStatus> program, CancellationTokenSource killed) : SandboxProcess
{
    readonly Lock _gate = new();
    readonly List<int> _signals = [];

    public override int Id => 2;

    public ProcessSpec Spec => spec;

    /// <summary>What was sent to it, in order.</summary>
    public IReadOnlyList<int> Signals
    {
        get
        {
            lock (_gate)
                return [.. _signals];
        }
    }

    public override Task<ExitStatus> Exited { get; } = EndOf(program);

    public override void Signal(int signal)
    {
        lock (_gate)
            _signals.Add(signal);
        killed.Cancel();
    }

    static async Task<ExitStatus> EndOf(Task<ExitStatus> program)
    {
        try
        {
            return await program;
        }
        catch (Exception)
        {
            return new ExitStatus(0, 9);
        }
    }
}
