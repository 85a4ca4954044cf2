using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Identities;
using Pilotlight.Logs;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.Server.Tests.Logs;

/// <summary>The Logs slice alone behind real HTTP, with a caller who is always root. It can be stopped and started on the same data.</summary>
public sealed class LogsServer : IAsyncDisposable
{
    public const string Account = "000000000000";
    public const string Region = "us-east-1";

    readonly string _folder = Directory.CreateTempSubdirectory("pilotlight-logs").FullName;
    WebApplication _app = null!;
    HttpClient _client = null!;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));

    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public LogIngest Ingest => _app.Services.GetRequiredService<LogIngest>();

    public LogStore Store => _app.Services.GetRequiredService<LogStore>();

    public Uri Address { get; private set; } = null!;

    public static async Task<LogsServer> StartAsync()
    {
        var server = new LogsServer();
        await server.StartAppAsync();
        return server;
    }

    public async Task RestartAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await StartAppAsync();
    }

    public LogStreamWriter Open(string group, string stream) => Ingest.Open(Account, Region, group, stream);

    /// <summary>Status and body of one operation.</summary>
    public async Task<(int Status, JsonElement Body)> SendAsync(string operation, string json, string region = Region)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        request.Headers.Add("X-Amz-Target", $"Logs_20140328.{operation}");
        request.Headers.Add("X-Test-Region", region);
        using var response = await _client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, JsonDocument.Parse(body.Length == 0 ? "{}" : body).RootElement);
    }

    public async Task<JsonElement> CallAsync(string operation, string json)
    {
        var (status, body) = await SendAsync(operation, json);
        Assert.True(status == 200, $"{operation}: {body}");
        return body;
    }

    public async Task<(string Code, string Message)> RefusedAsync(string operation, string json)
    {
        var (status, body) = await SendAsync(operation, json);
        Assert.Equal(400, status);
        return (body.GetProperty("__type").GetString()!, body.GetProperty("message").GetString()!);
    }

    public async Task<List<string>> MessagesAsync(string operation, string json) =>
        [.. (await CallAsync(operation, json)).GetProperty("events").EnumerateArray().Select(e => e.GetProperty("message").GetString()!)];

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    async Task StartAppAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddApi();
        builder.Services.AddStorage(new DataFolder(_folder));
        builder.Services.AddIdentities().AddAuthorizationOfCallers().AddTargets().AddLogs();
        _app = builder.Build();
        _app.UseApi();
        _app.Use(next => http =>
        {
            if (http.AwsRequest is { } request)
            {
                request.Caller = new Caller { AccountId = Account, Arn = $"arn:aws:iam::{Account}:root", UserId = Account, Kind = CallerKind.Root };
                request.IsAuthenticated = true;
                request.Region = http.Request.Headers["X-Test-Region"] is [{ } region] ? region : Region;
            }

            return next(http);
        });
        _app.MapLogs();
        _app.MapApi();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single() + "/");
        _client ??= new HttpClient();
    }
}
