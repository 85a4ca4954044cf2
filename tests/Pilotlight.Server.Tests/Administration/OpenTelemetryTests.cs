using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Administration;

/// <summary>What a collector hears, by OTLP over HTTP; the bytes are read here without OpenTelemetry's own code.</summary>
public sealed class OpenTelemetryTests
{
    static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_collector_hears_metrics_and_a_span_of_every_invocation()
    {
        await using var collector = await Collector.StartAsync();
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver, configure: options =>
        {
            options.OpenTelemetry.Endpoint = collector.Endpoint;
            options.OpenTelemetry.Interval = TimeSpan.FromMilliseconds(200);
        });
        await EnvironmentLifecycleTests.CreateAsync(server, "heard");
        // What runs before the exporter is there has no span.
        await collector.UntilAsync(heard => heard.Metrics.ContainsKey("process.memory.usage"));
        using var _ = await EnvironmentLifecycleTests.InvokeAsync(
            server, "heard", "1", ("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"));

        await collector.UntilAsync(heard => heard.Metrics.GetValueOrDefault("faas.invocations") >= 1);
        await collector.UntilAsync(heard => heard.Metrics.GetValueOrDefault("faas.invoke_duration") >= 1 && heard.Metrics.GetValueOrDefault("faas.init_duration") >= 1);
        await collector.UntilAsync(heard => heard.Metrics.ContainsKey("pilotlight.concurrent_executions") && heard.Metrics.ContainsKey("pilotlight.cold_start.phase.duration"));
        await collector.UntilAsync(heard => heard.Spans.ContainsKey("invoke heard"));
        var span = collector.Spans["invoke heard"];
        Assert.Equal("5759e988bd862e3fe1be46a994272793", span.TraceId);
        Assert.Equal("53995c3f42cd8ad8", span.ParentId);
        Assert.Contains("pilotlight", collector.Services);
    }

    [Fact]
    public async Task A_collector_that_is_gone_holds_up_neither_invocations_nor_the_end()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        var server = await PilotlightServer.StartAsync(driver, configure: options =>
        {
            options.OpenTelemetry.Endpoint = "http://127.0.0.1:9";
            options.OpenTelemetry.Interval = TimeSpan.FromMilliseconds(50);
        });
        await EnvironmentLifecycleTests.CreateAsync(server, "unheard");
        using var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "unheard", "1");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await server.DisposeAsync().AsTask().WaitAsync(s_long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_of_it_is_loaded()
    {
        Assert.Null(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        Assert.DoesNotContain(
            (IEnumerable<Microsoft.Extensions.Hosting.IHostedService>)server.Platform.Services.GetService(typeof(IEnumerable<Microsoft.Extensions.Hosting.IHostedService>))!,
            static service => service.GetType().Name.Contains("OpenTelemetry"));
    }

    sealed record Span(string TraceId, string ParentId);

    /// <summary>Takes what is posted to <c>/v1/metrics</c> and <c>/v1/traces</c>.</summary>
    sealed class Collector(WebApplication app) : IAsyncDisposable
    {
        /// <summary>The sum, the last value, or for a histogram the count, by name.</summary>
        public ConcurrentDictionary<string, double> Metrics { get; } = new();

        public ConcurrentDictionary<string, Span> Spans { get; } = new();

        public ConcurrentBag<string> Services { get; } = [];

        public string Endpoint => app.Urls.Single();

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            var collector = new Collector(app);
            app.Run(collector.HandleAsync);
            await app.StartAsync();
            return collector;
        }

        public async Task UntilAsync(Func<Collector, bool> condition)
        {
            using var limit = new CancellationTokenSource(s_long);
            while (!condition(this))
                await Task.Delay(20, limit.Token);
        }

        async Task HandleAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var resources = Message.Read(body.ToArray()).All(1);
            foreach (var resource in resources)
            {
                foreach (var attribute in resource.All(1).SelectMany(static described => described.All(1)).Where(static attribute => attribute.Text(1) == "service.name"))
                    Services.Add(attribute.All(2).Single().Text(1));
                foreach (var item in resource.All(2).SelectMany(static scope => scope.All(2)))
                {
                    if (http.Request.Path == "/v1/metrics")
                        Take(item);
                    else if (http.Request.Path == "/v1/traces")
                        Spans[item.Text(5)] = new Span(item.Hex(1), item.Hex(4));
                }
            }

            http.Response.ContentType = "application/x-protobuf";
        }

        /// <summary>Gauge (5) and sum (7) have their points in field 1, with a double in 4; a histogram (9) has a count in 4.</summary>
        void Take(Message metric)
        {
            var points = metric.All(5).Concat(metric.All(7)).SelectMany(static kind => kind.All(1)).Sum(static point => BitConverter.UInt64BitsToDouble(point.Number(4)));
            var counts = metric.All(9).SelectMany(static kind => kind.All(1)).Sum(static point => (double)point.Number(4));
            Metrics[metric.Text(1)] = points + counts;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }

    /// <summary>A message of Protocol Buffers, as far as it has to be understood here.</summary>
    sealed class Message
    {
        readonly List<(int Field, ulong Number, byte[]? Bytes)> _fields = [];

        public static Message Read(ReadOnlySpan<byte> bytes)
        {
            var message = new Message();
            while (bytes.Length > 0)
            {
                var key = Varint(ref bytes);
                var field = (int)(key >> 3);
                switch (key & 7)
                {
                    case 0:
                        message._fields.Add((field, Varint(ref bytes), null));
                        break;
                    case 1:
                        message._fields.Add((field, BitConverter.ToUInt64(bytes), null));
                        bytes = bytes[8..];
                        break;
                    case 2:
                        var length = (int)Varint(ref bytes);
                        message._fields.Add((field, 0, bytes[..length].ToArray()));
                        bytes = bytes[length..];
                        break;
                    case 5:
                        message._fields.Add((field, BitConverter.ToUInt32(bytes), null));
                        bytes = bytes[4..];
                        break;
                    default:
                        throw new FormatException($"A field of kind {key & 7}.");
                }
            }

            return message;
        }

        public IEnumerable<Message> All(int field) => _fields.Where(entry => entry.Field == field && entry.Bytes is not null).Select(static entry => Read(entry.Bytes));

        public string Text(int field) => Encoding.UTF8.GetString(_fields.Find(entry => entry.Field == field).Bytes ?? []);

        public string Hex(int field) => Convert.ToHexStringLower(_fields.Find(entry => entry.Field == field).Bytes ?? []);

        public ulong Number(int field) => _fields.Find(entry => entry.Field == field).Number;

        static ulong Varint(ref ReadOnlySpan<byte> bytes)
        {
            ulong value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = bytes[0];
                bytes = bytes[1..];
                value |= (ulong)(next & 0x7f) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }
}
