using System.Globalization;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Concurrency;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Invocations;
using Pilotlight.Logs;
using Pilotlight.Sandbox;

namespace Pilotlight.Administration;

/// <summary>Whether the server is bound to loopback only: some paths exist only then.</summary>
public sealed record AdministrationOptions(bool BoundToLoopback);

/// <summary>The operator's paths under <c>/_pilotlight</c>: health, metrics, reset. Nothing of it is reachable from inside a sandbox.</summary>
public static class AdministrationModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddAdministration(bool boundToLoopback, OpenTelemetryOptions telemetry)
        {
            if (telemetry.IsOn)
                services.AddSingleton(telemetry).AddHostedService<OpenTelemetryExport>();
            return services.AddSingleton(new AdministrationOptions(boundToLoopback)).AddSingleton<Reset>().AddSingleton<Metrics>().AddSingleton<DoorMeters>();
        }
    }

    extension(WebApplication app)
    {
        public void MapAdministration()
        {
            var driver = app.Services.GetRequiredService<ISandboxDriver>();
            var registry = app.Services.GetRequiredService<OperationRegistry>();
            app.MapGet("/_pilotlight/health", (RequestDelegate)(http => WriteJsonAsync(http, json =>
            {
                json.WriteString("status", "ready");
                json.WriteString("version", Product.Version);
                json.WriteString("sandbox", driver.Name);
                json.WriteStartObject("services");
                foreach (var service in registry.All.Select(operation => operation.Service.Name).Distinct().Order(StringComparer.Ordinal))
                    json.WriteString(service, "available");
                json.WriteEndObject();
            })));
            app.MapGet("/_pilotlight/metrics", (RequestDelegate)(http =>
                WriteAsync(http, "text/plain; version=0.0.4; charset=utf-8", app.Services.GetRequiredService<Metrics>().Write())));
            var boundToLoopback = app.Services.GetRequiredService<AdministrationOptions>().BoundToLoopback;
            app.MapPost("/_pilotlight/reset", (RequestDelegate)(async http =>
            {
                if (!boundToLoopback || http.Request.Headers.ContainsKey("Origin"))
                {
                    http.Response.StatusCode = 403;
                    await WriteAsync(http, "text/plain", "Reset is only possible while the platform is bound to loopback, and not from a web page.\n");
                    return;
                }

                await app.Services.GetRequiredService<Reset>().RunAsync();
                http.Response.StatusCode = 204;
            }));
        }

        /// <summary>Code in a sandbox finds the platform's AWS API, and nothing of the operator's.</summary>
        public void HideAdministrationFromSandboxes() => app.Use(static next => http =>
        {
            if (http.Features.Get<SandboxOrigin>() is not null && http.Request.Path.StartsWithSegments("/_pilotlight"))
            {
                http.Response.StatusCode = 404;
                return Task.CompletedTask;
            }

            return next(http);
        });
    }

    static Task WriteJsonAsync(HttpContext http, Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return WriteAsync(http, "application/json", Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    static Task WriteAsync(HttpContext http, string contentType, string text)
    {
        http.Response.ContentType = contentType;
        return http.Response.WriteAsync(text, http.RequestAborted);
    }
}

/// <summary>What this build calls itself.</summary>
static class Product
{
    public static string Version { get; } = typeof(Product).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
