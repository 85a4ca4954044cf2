using Pilotlight.Api;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Invocations;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>One request to an HTTP API, from its address to its answer (spec/events.md 2.6).</summary>
sealed partial class ApiEndpoint(HttpApiCatalog catalog, ApiAccess access, ApiBackends backends, TimeProvider time, ILogger<ApiEndpoint> log)
{
    public const int MaxBodyBytes = 10 * 1024 * 1024;

    public static AddressForm Form { get; } = new(".execute-api.", "/_api/", HttpApi.IdLength);

    public Task ServeAsync(HttpContext http, UrlAddress address)
    {
        if (catalog.FindServed(address.Id) is not { Api.DisableExecuteApiEndpoint: false } served || IsElsewhere(address, served.Api.Region))
            return ApiAnswer.WriteMessageAsync(http, null, 404, "Not Found");
        var (stage, path) = served.Resolve(address.RawPath);
        if (stage is null)
            return ApiAnswer.WriteMessageAsync(http, null, 404, "Not Found");
        if (stage.Cors is { } cors && HttpMethods.IsOptions(http.Request.Method))
        {
            cors.AnswerPreflight(http);
            return Task.CompletedTask;
        }

        var values = new List<string>();
        return stage.Routes.Find(http.Request.Method, path, values) is { } route
            ? ServeSafelyAsync(http, address, route, path, values)
            : ApiAnswer.WriteMessageAsync(http, stage.Cors, 404, "Not Found");
    }

    /// <summary>What goes wrong is told in the API's words, not in those of the platform's own operations.</summary>
    async Task ServeSafelyAsync(HttpContext http, UrlAddress address, ServedRoute route, string path, List<string> values)
    {
        try
        {
            await ServeAsync(http, address, route, path, values);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or BadHttpRequestException or IOException) && !http.Response.HasStarted)
        {
            // A function whose role is gone is its owner's affair; everything else is a bug.
            if (failure is not AwsException)
                RequestFailed(failure, http.TraceIdentifier, route.Route.RouteKey);
            await ApiAnswer.WriteFailureAsync(http, route.Stage.Cors);
        }
    }

    async Task ServeAsync(HttpContext http, UrlAddress address, ServedRoute route, string path, List<string> values)
    {
        var cors = route.Stage.Cors;
        if (await OperationMiddleware.ReadBodyAsync(http, MaxBodyBytes) is not { } body)
        {
            await ApiAnswer.WriteMessageAsync(http, cors, 413, "Request Entity Too Large");
            return;
        }

        var request = new ApiRequest
        {
            Http = http,
            Address = address,
            Route = route,
            Path = Uri.UnescapeDataString(address.RawPath),
            RoutedPath = path,
            PathValues = values,
            Body = body,
            Time = time.GetUtcNow(),
        };
        http.Response.Headers["Apigw-Requestid"] = request.RequestId;
        var admission = await access.CheckAsync(request);
        if (admission.Identity is { } identity)
        {
            await (route.Integration is { IntegrationType: ApiIntegration.Address } ? backends.Addresses.ServeAsync(request) : InvokeAsync(request, identity));
            return;
        }

        if (admission.Challenge is { } challenge)
            http.Response.Headers.WWWAuthenticate = challenge;
        await ApiAnswer.WriteMessageAsync(http, cors, admission.Status, admission.Message);
    }

    async Task InvokeAsync(ApiRequest request, ApiIdentity identity)
    {
        var (http, route) = (request.Http, request.Route);
        var cors = route.Stage.Cors;
        var leave = new ApiLeave(route.SourceArn, route.Stage.Api.AccountId, route.Integration?.CredentialsArn);
        if (route.Function is not { } function || await backends.Functions.FindAsync(function, leave, http.RequestAborted) is not { } version)
        {
            await ApiAnswer.WriteFailureAsync(http, cors);
            return;
        }

        var trace = TraceHeader.From(http.Request.Headers["X-Amzn-Trace-Id"], version, time);
        var isFormat2 = route.Integration!.PayloadFormatVersion == "2.0";
        var payload = isFormat2 ? UrlEvent.Write(request.Event(trace, identity)) : ApiEvent1.Write(request, trace, identity);
        if (payload.Length > Invoke.MaxPayloadBytes)
        {
            await ApiAnswer.WriteMessageAsync(http, cors, 413, "Request Entity Too Large");
            return;
        }

        await (await backends.Functions.InvokeAsync(version, function, payload, trace, route.Timeout) switch
        {
            InvocationOutcome.Succeeded whole => ApiAnswer.WriteAsync(http, cors, whole.Answer, isFormat2),
            null or InvocationOutcome.Throttled => ApiAnswer.WriteMessageAsync(http, cors, 503, "Service Unavailable"),
            _ => ApiAnswer.WriteFailureAsync(http, cors),
        });
    }

    /// <summary>Under AWS's own names the region stands behind the label.</summary>
    static bool IsElsewhere(UrlAddress address, string region) =>
        address.Region is { } named && named != region && Authentication.RegionName.IsWellFormed(named);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} to the route {Route} of an HTTP API failed")]
    partial void RequestFailed(Exception failure, string requestId, string route);
}

/// <summary>What requests to APIs end at.</summary>
sealed record ApiBackends(ApiInvoker Functions, HttpProxy Addresses);
