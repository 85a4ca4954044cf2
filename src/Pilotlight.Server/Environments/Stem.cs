using System.Net;
using System.Net.Sockets;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>What stems are made with.</summary>
public sealed record StemParts(ISandboxDriver Driver, SandboxListenerFactory Listeners, StreamingOptions Streaming, TimeProvider Time);

/// <summary>What a runtime that waits is told: the complete variables of its process.</summary>
sealed record StemAssignment(IReadOnlyDictionary<string, string> Variables);

/// <summary>
/// A sandbox with its listening sockets, and perhaps a runtime in it that waits: the part of an environment that can be made before
/// its function is known. It is given to one function once, or disposed; it holds no secret before.
/// </summary>
sealed class Stem : IAsyncDisposable
{
    /// <summary>The platform as code inside finds it; fixed, because the listener is inside too.</summary>
    const int PlatformPort = 4566;

    const int RuntimeApiPort = 9001;

    readonly SandboxListenerFactory _listeners;
    readonly Socket _platform;
    readonly List<SandboxListener> _listening = [];

    Stem(ISandbox sandbox, SandboxListenerFactory listeners, RuntimeSession session)
    {
        (Sandbox, _listeners, Session) = (sandbox, listeners, session);
        var runtimeApi = sandbox.Listen(RuntimeApiPort);
        try
        {
            _platform = sandbox.Listen(PlatformPort);
        }
        catch
        {
            runtimeApi.Dispose();
            throw;
        }

        RuntimeApi = runtimeApi.LocalEndPoint!;
        Platform = _platform.LocalEndPoint!;
        _listening.Add(listeners.ListenRuntimeApi(runtimeApi, session));
    }

    public ISandbox Sandbox { get; }

    public RuntimeSession Session { get; }

    public EndPoint RuntimeApi { get; }

    public EndPoint Platform { get; }

    /// <summary>The runtime that waits, or null: then it is started when the function is known.</summary>
    public SandboxProcess? Runtime { get; private set; }

    /// <summary>What it counts for in the memory budget while it waits for its function, whose own share counts from then on.</summary>
    public MemoryShare? Share { get; set; }

    public IReadOnlyList<SandboxListener> Listeners => _listening;

    /// <summary>Completes when everything that was sent to the Runtime API has been served, and nobody is connected to it.</summary>
    public Task HeardOutAsync() => _listening[0].HeardOutAsync();

    public bool IsAlive => !Sandbox.Ended.IsCompleted && Runtime?.Exited.IsCompleted is not true;

    /// <summary>A sandbox that knows already whose it will be.</summary>
    /// <exception cref="SandboxException">It could not be made.</exception>
    public static async Task<Stem> MakeAsync(StemParts parts, SandboxSpec spec) =>
        await OpenAsync(parts, spec, new RuntimeSession(parts.Streaming, parts.Time));

    /// <summary>One for the pool, with its runtime waiting inside where the shape says so.</summary>
    /// <exception cref="SandboxException">It could not be made, or its runtime went or did not ask for its function in time.</exception>
    public static async Task<Stem> MakeAheadAsync(StemParts parts, StemShape shape, TimeSpan limit)
    {
        if (!shape.StartsRuntime)
            return await MakeAsync(parts, shape.Specify());
        var assignment = new RuntimeAssignment();
        var stem = await OpenAsync(parts, shape.Specify(), new RuntimeSession(parts.Streaming, parts.Time) { Assignment = assignment });
        try
        {
            stem.Runtime = await stem.Sandbox.StartAsync(shape.Process(stem.Sandbox, stem.RuntimeApi.ToString()!), CancellationToken.None);
            var first = await Task.WhenAny(assignment.Awaited, stem.Runtime.Exited).WaitAsync(limit, parts.Time);
            if (first != assignment.Awaited)
                throw new SandboxException($"the waiting runtime ended at once: {await stem.Runtime.Exited}");
            return stem;
        }
        catch (Exception e)
        {
            await stem.DiscardAsync();
            if (e is TimeoutException or SandboxExecException)
                throw new SandboxException($"no waiting runtime: {e.Message}", e);
            throw;
        }
    }

    static async Task<Stem> OpenAsync(StemParts parts, SandboxSpec spec, RuntimeSession session)
    {
        var sandbox = await parts.Driver.CreateAsync(spec, CancellationToken.None);
        try
        {
            return new Stem(sandbox, parts.Listeners, session);
        }
        catch
        {
            await sandbox.DisposeAsync();
            sandbox.Output.Dispose();
            sandbox.Telemetry.Dispose();
            sandbox.AsideOutput.Dispose();
            throw;
        }
    }

    /// <summary>From here on code inside reaches the platform, and every connection says whose it is.</summary>
    public void OpenPlatform(Api.SandboxOrigin origin) => _listening.Add(_listeners.Listen(_platform, connection => connection.Features.Set(origin)));

    /// <summary>Ends the sandbox and its sockets; its pipes are closed by whoever reads them.</summary>
    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        foreach (var listener in _listening)
            await listener.DisposeAsync();
        _platform.Dispose();
        Share?.Dispose();
    }

    /// <summary>For one that nobody used: nobody reads its pipes either.</summary>
    public async Task DiscardAsync()
    {
        await DisposeAsync();
        Sandbox.Output.Dispose();
        Sandbox.Telemetry.Dispose();
        Sandbox.AsideOutput.Dispose();
    }
}
