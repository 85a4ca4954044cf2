using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Pilotlight.Tests.EventSources;

/// <summary>A node of the real server (Debian: rabbitmq-server) on free ports, with a folder of its own; ended with the tests.</summary>
public sealed class RabbitNode : IAsyncLifetime
{
    const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    readonly string _folder = Directory.CreateTempSubdirectory("pilotlight-rabbit-").FullName;
    readonly int _epmdPort = FreePort();
    Process? _process;

    public int Port { get; } = FreePort();

    /// <summary>Null when the tests can run.</summary>
    public static string? Missing => File.Exists(Program) ? null : "rabbitmq-server is not installed (apt-get install rabbitmq-server)";

    public string Endpoint => $"amqp://127.0.0.1:{Port}";

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
            return;
        await File.WriteAllTextAsync(Path.Combine(_folder, "plugins"), "[].");
        await File.WriteAllTextAsync(Path.Combine(_folder, "rabbitmq.conf"), "\n");
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["HOME"] = _folder,
            ["RABBITMQ_NODENAME"] = $"pilotlight{Environment.ProcessId}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{Port}",
            ["RABBITMQ_DIST_PORT"] = $"{FreePort()}",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "plugins"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq"),
            ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "none"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 1:1 +sbwt none",
            ["ERL_EPMD_PORT"] = $"{_epmdPort}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        })
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        while (true)
        {
            try
            {
                await using var connection = await ConnectAsync();
                return;
            }
            catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException) when (!_process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    public Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = new Uri(Endpoint), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            using var epmd = Process.Start(new ProcessStartInfo("epmd", "-kill") { Environment = { ["ERL_EPMD_PORT"] = $"{_epmdPort}" }, RedirectStandardOutput = true });
            await epmd!.WaitForExitAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
