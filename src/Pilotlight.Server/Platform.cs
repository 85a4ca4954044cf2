using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Pilotlight.Administration;
using Pilotlight.Api;
using Pilotlight.Audit;
using Pilotlight.Authentication;
using Pilotlight.Authorization;
using Pilotlight.Buckets;
using Pilotlight.Concurrency;
using Pilotlight.Environments;
using Pilotlight.EventBuses;
using Pilotlight.EventSources;
using Pilotlight.Functions;
using Pilotlight.HttpApis;
using Pilotlight.Identities;
using Pilotlight.Invocations;
using Pilotlight.Invocations.Events;
using Pilotlight.Logs;
using Pilotlight.Metering;
using Pilotlight.Queues;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;
using Pilotlight.Storage;
using Pilotlight.Streams;
using Pilotlight.Targets;
using Pilotlight.Topics;
using Pilotlight.Urls;

namespace Pilotlight;

/// <summary>The whole platform in this process: composed here, in the order in which a request meets its parts.</summary>
public sealed class Platform : IAsyncDisposable
{
    /// <summary>What running invocations, and after them open connections, get when the platform stops.</summary>
    static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1.5);

    readonly WebApplication _app;
    readonly ISandboxDriver _driver;
    readonly PlatformOptions _options;
    int _disposed;

    Platform(WebApplication app, ISandboxDriver driver, PlatformOptions options) => (_app, _driver, _options) = (app, driver, options);

    /// <summary>Where it serves.</summary>
    public Uri Endpoint { get; private set; } = null!;

    public ISandboxDriver Driver => _driver;

    /// <summary>The certificate that the server made itself, for clients to trust; null when it shows another or none.</summary>
    public string? GeneratedCertificate { get; private init; }

    /// <summary>The root key that this start had to make (bound beyond loopback for the first time); it is not shown again.</summary>
    public RootKey? NewRootKey { get; private init; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Composes and starts; returns once requests are served.</summary>
    /// <param name="customize">Tests replace services here (the clock, the sandbox driver).</param>
    public static async Task<Platform> StartAsync(
        PlatformOptions options, CancellationToken cancellation, Action<IServiceCollection>? customize = null, ISandboxDriver? sandbox = null)
    {
        var folder = new DataFolder(options.Server.DataFolder);
        Directory.CreateDirectory(folder.Root);
        var driver = sandbox ?? await SandboxPlatform.OpenAsync(SandboxOptionsOf(options, folder), cancellation);
        try
        {
            var certificate = ServerCertificate.Open(options.Server, folder, IsLoopback(options.Server.Host), TimeProvider.System);
            var app = Compose(options, folder, driver, certificate, customize);
            var platform = new Platform(app, driver, options)
            {
                NewRootKey = await app.OpenIdentitiesAsync(cancellation),
                GeneratedCertificate = certificate?.GeneratedFile,
            };
            await app.StartAsync(cancellation);
            platform.Endpoint = EndpointOf(app);
            return platform;
        }
        catch
        {
            if (sandbox is null)
                await driver.DisposeAsync();
            throw;
        }
    }

    public static SandboxOptions SandboxOptionsOf(PlatformOptions options, DataFolder folder) => new()
    {
        Driver = options.Sandbox.Driver,
        Runtime = options.Sandbox.Runtime,
        Network = options.Sandbox.Network,
        StateFolder = options.Sandbox.StateFolder,
        DiskFolder = folder.Sandboxes,
        GuestPath = options.Sandbox.GuestPath.Length > 0 ? options.Sandbox.GuestPath : InstallationPaths.Guest,
    };

    static WebApplication Compose(
        PlatformOptions options, DataFolder folder, ISandboxDriver driver, ServerCertificate? certificate, Action<IServiceCollection>? customize)
    {
        if (options.Runtimes.Folder.Length == 0)
            options.Runtimes.Folder = InstallationPaths.Runtimes;
        var loopback = IsLoopback(options.Server.Host);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Pilotlight.Server" });
        builder.Logging.SetMinimumLevel(options.Server.LogLevel).AddFilter("Microsoft", LogLevel.Warning).AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
            // Between `next` and its answer a runtime's connection is idle for as long as the function runs, 15 minutes at most.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(16);
            kestrel.Listen(Address(options.Server.Host), options.Server.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                    listen.UseHttps(certificate.Certificate);
            });
            kestrel.Listen(new SandboxEndPoint(), static sandboxes => sandboxes.Use(SandboxListenerFactory.Serve));
        });

        var services = builder.Services;
        // An operation runs on the thread that has read its request: what blocks for a moment holds up its own connection only.
        services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        services.AddSingleton(TimeProvider.System).AddSingleton(options).AddSingleton(driver).AddRoutingCore();
        services.AddSingleton<SandboxListenerFactory>();
        services.AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<SandboxListenerFactory>());
        services.AddStorage(folder);
        services.AddApi();
        services.AddSingleton(options.Organization);
        services.AddIdentities().Configure<IdentitiesOptions>(identities => identities.AllowTestKey = loopback);
        services.AddAuthenticationOfCallers(options.Authentication);
        services.AddAuthorizationOfCallers().Configure<IamOptions>(iam => iam.Mode = options.Iam.Mode);
        services.AddAudit(options.Audit);
        services.AddTargets();
        services.AddQueues();
        services.AddBuckets();
        // Functions and Buckets do not know each other: a package that lies in a bucket is read through here.
        services.AddSingleton<PackageObjects>(static provider => provider.GetRequiredService<ObjectReader>().ReadAsync);
        services.AddTopics(options.Topics, loopback);
        services.AddEventBuses(options.EventBuses);
        services.AddStreams(options.Streams);
        services.AddLogs();
        services.AddSingleton(options.FunctionUrls)
            .AddFunctions(options.Functions with { AccountConcurrency = options.Concurrency.AccountLimit }, options.CodeSigning);
        services.AddConcurrency(options.Concurrency);
        services.AddSingleton(options.Streaming).AddEnvironments(options.Environments, options.Runtimes, options.Stems);
        services.AddMetering(options.Metering);
        services.AddInvocations(options.Invocations);
        services.AddEventSources(options.Sources);
        services.AddFunctionUrls();
        services.AddHttpApis(options.HttpApis);
        services.AddAdministration(loopback, options.OpenTelemetry);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(4));
        customize?.Invoke(services);

        var app = builder.Build();
        app.UseRuntimeApi();
        app.HideAdministrationFromSandboxes();
        app.UseApi(static app =>
        {
            app.UseFunctionUrls();
            app.UseHttpApis();
            app.UseBuckets();
        });
        app.UseAuthenticationOfCallers();
        app.UseAudit();
        app.UseModelValidation();
        app.UseAuthorizationOfCallers();
        app.UseEndpoints(static _ => { });
        app.MapIdentities();
        app.MapAuthorization();
        app.MapAudit();
        app.MapQueues();
        app.MapBuckets();
        app.MapTopics();
        app.MapEventBuses();
        app.MapStreams();
        app.MapLogs();
        app.MapFunctions();
        app.MapConcurrency();
        app.MapInvocations(loopback);
        app.MapEventSources();
        app.MapHttpApis();
        app.MapMetering(loopback);
        app.MapEnvironments(loopback);
        app.MapAdministration();
        app.MapApi();
        return app;
    }

    /// <summary>Completes when the host is told to stop (SIGTERM, SIGINT or <see cref="DisposeAsync"/>).</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // Sources before environments: what is received now could not run any more.
        await _app.Services.GetRequiredService<MappingSupervisor>().StopReceivingAsync();
        await _app.Services.GetRequiredService<EventQueue>().StopAsync(CancellationToken.None);
        // Environments first: each holds a request (its `next`) that the web server would wait for.
        await _app.Services.GetRequiredService<ProvisionedSupervisor>().StopAsync(CancellationToken.None);
        await _app.Services.GetRequiredService<EnvironmentPools>().DrainAsync(s_grace);
        await _app.Services.GetRequiredService<StemPool>().DisposeAsync();
        using var limit = new CancellationTokenSource(s_grace);
        try
        {
            await _app.StopAsync(limit.Token);
        }
        catch (Exception slow) when (slow is AggregateException or OperationCanceledException)
        {
            // A client's long poll held the web server for the whole grace. What it left no time for ends with the process; sandboxes must still be cleared.
        }

        await _app.DisposeAsync();
        await _driver.DisposeAsync();
        if (_options.Server.TemporaryData && Directory.Exists(_options.Server.DataFolder))
            Directory.Delete(_options.Server.DataFolder, recursive: true);
    }

    internal static bool IsLoopback(string host) => IPAddress.IsLoopback(Address(host));

    static IPAddress Address(string host) => host is "localhost" ? IPAddress.Loopback : IPAddress.Parse(host);

    static Uri EndpointOf(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var address = addresses.First(address => address.StartsWith("http", StringComparison.Ordinal) && !address.Contains("sandboxes"));
        return new Uri(address);
    }
}
