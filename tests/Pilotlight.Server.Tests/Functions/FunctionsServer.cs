using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Functions;
using Pilotlight.Identities;
using Pilotlight.Storage;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Functions;

/// <summary>The functions slice alone behind real HTTP: every request comes from one account's root, without a signature.</summary>
public sealed class FunctionsServer : IAsyncLifetime
{
    public const string Account = "123456789012";
    public const string Region = "eu-central-1";
    public const string Role = $"arn:aws:iam::{Account}:role/worker";

    readonly HttpClient _client = new();
    WebApplication _app = null!;

    public string DataFolder { get; init; } = Path.Combine(Path.GetTempPath(), $"pilotlight-functions-{Guid.NewGuid():n}");

    public FunctionsOptions Options { get; init; } = new();

    /// <summary>Whose root the requests come from.</summary>
    public string Caller { get; set; } = Account;

    public CodeSigningOptions CodeSigning { get; init; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    public FunctionCatalog Catalog => _app.Services.GetRequiredService<FunctionCatalog>();

    public PackageStore Packages => _app.Services.GetRequiredService<PackageStore>();

    public static string ArnOf(string name) => $"arn:aws:lambda:{Region}:{Account}:function:{name}";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddApi().AddStorage(new DataFolder(DataFolder)).AddIdentities().AddFunctions(Options, CodeSigning).AddAuthorizationOfCallers();
        _app = builder.Build();
        _app.UseApi();
        _app.Use(next => http =>
        {
            if (http.AwsRequest is { } request)
            {
                request.Caller = new Caller { AccountId = Caller, Arn = $"arn:aws:iam::{Caller}:root", UserId = Caller, Kind = CallerKind.Root };
                request.Region = Region;
                request.IsAuthenticated = true;
            }

            return next(http);
        });
        _app.UseModelValidation();
        _app.MapFunctions();
        _app.MapApi();
        _app.Services.GetRequiredService<AccountCatalog>().Load();
        foreach (var account in new[] { Account, "888888888888", "999999999999" })
            await TestRoles.PutAsync(_app.Services.GetRequiredService<AccountCatalog>(), account);
        await _app.StartAsync();
        _client.BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Stops the server; the data folder stays.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(DataFolder, recursive: true);
    }

    public Task<Answer> GetAsync(string path) => SendAsync("GET", path, null);

    public Task<Answer> DeleteAsync(string path) => SendAsync("DELETE", path, null);

    public Task<Answer> PostAsync(string path, JsonNode body) => SendAsync("POST", path, body.ToJsonString());

    public Task<Answer> PutAsync(string path, JsonNode body) => SendAsync("PUT", path, body.ToJsonString());

    public async Task<Answer> SendAsync(string method, string path, string? body)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            message.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(
            (int)response.StatusCode, text, response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.Single() : null);
    }

    public async Task<byte[]> DownloadAsync(string url) => await _client.GetByteArrayAsync(url);

    public async Task<int> StatusOfAsync(string url)
    {
        using var response = await _client.GetAsync(url);
        return (int)response.StatusCode;
    }

    /// <summary>What CreateFunction needs at least.</summary>
    public static JsonObject Minimal(string name) => new()
    {
        ["FunctionName"] = name,
        ["Runtime"] = "python3.13",
        ["Handler"] = "app.handler",
        ["Role"] = Role,
        ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zips.Of(("app.py", $"# {name}"))) },
    };

    public async Task<Answer> CreateAsync(JsonObject body) => await PostAsync("/2015-03-31/functions", body);

    /// <summary>Creates a function and waits until it is active.</summary>
    public async Task<string> CreateActiveAsync(string name, Action<JsonObject>? change = null)
    {
        var body = Minimal(name);
        change?.Invoke(body);
        var answer = await CreateAsync(body);
        Assert.Equal(201, answer.Status);
        await SettledAsync(name);
        return name;
    }

    /// <summary>Waits until no change of the function is under way.</summary>
    public async Task<Function> SettledAsync(string name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var key = new FunctionKey(Account, Region, name);
        while (true)
        {
            var changed = Catalog.NextChangeAsync(key, limit.Token);
            if (Catalog.Find(key) is { IsSettled: true } function)
                return function;
            await changed;
        }
    }
}

public sealed record Answer(int Status, string Body, string? ErrorType)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Text(string member) => Json.GetProperty(member).GetString()!;

    public string Message => Json.TryGetProperty("message", out var message) ? message.GetString()! : Text("Message");

    public bool Has(string member) => Json.TryGetProperty(member, out _);

    public void IsRefusedWith(int status, string errorType, string message)
    {
        Assert.Equal((status, errorType, message), (Status, ErrorType, Message));
    }
}
