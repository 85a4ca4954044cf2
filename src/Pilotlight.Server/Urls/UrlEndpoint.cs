using Pilotlight.Api;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Invocations;
using Pilotlight.RuntimeApi;

namespace Pilotlight.Urls;

/// <summary>What serving URLs works with.</summary>
sealed record UrlServices(FunctionCatalog Functions, FunctionUrlCatalog Urls, FunctionUrlOptions Options, Invoker Invoker, TimeProvider Time);

/// <summary>One request to a function URL, from its address to its answer (spec/invoke.md 8).</summary>
sealed class UrlEndpoint(UrlServices services, UrlAccess access)
{
    public async Task ServeAsync(HttpContext http, UrlAddress address)
    {
        if (services.Urls.Find(address.Id) is not { } target || (address.Region is { } region && region != target.Function.Region))
        {
            await RefuseAsync(http, UrlAccess.UnknownUrl);
            return;
        }

        if (target.IsGone || services.Functions.Find(target.Function) is not { } function || function.UrlOf(target.Alias) is not { } url)
        {
            await RefuseAsync(http, UrlAccess.Forbidden);
            return;
        }

        if (!IsServed(http.Request.Method))
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        else if (url.Cors is { } cors && HttpMethods.IsOptions(http.Request.Method))
            UrlCors.AnswerPreflight(http, cors);
        else
            await InvokeAsync(http, address, function, url, target.Alias);
    }

    async Task InvokeAsync(HttpContext http, UrlAddress address, Function function, FunctionUrl url, string? alias)
    {
        if (await OperationMiddleware.ReadBodyAsync(http, Invoke.MaxPayloadBytes) is not { } body)
        {
            await RefuseAsync(http, AwsError.TooLarge(Invoke.MaxPayloadBytes, "InvokeFunction"), url.Cors);
            return;
        }

        var reference = new FunctionReference(function.AccountId, function.Region, function.Name, alias);
        var (caller, refused) = access.Check(http, body, url, reference);
        if (refused is not null)
        {
            await RefuseAsync(http, refused, url.Cors);
            return;
        }

        if (await services.Functions.FindSettledAsync(reference, http.RequestAborted) is not { } version)
        {
            await RefuseAsync(http, UrlAccess.Forbidden, url.Cors);
            return;
        }

        if (version.State != "Active")
        {
            await RefuseAsync(http, InvocationErrors.NotActive(version.State), url.Cors);
            return;
        }

        if (version.NotRunnable is { } what)
        {
            await RefuseAsync(http, FunctionErrors.NotRunnable(what), url.Cors);
            return;
        }

        var trace = TraceHeader.From(http.Request.Headers["X-Amzn-Trace-Id"], version, services.Time);
        var payload = UrlEvent.Write(new UrlRequest
        {
            Http = http,
            Id = address.Id,
            RawPath = address.RawPath,
            RawQuery = address.RawQuery,
            Domain = address.Host ?? $"{url.Id}.lambda-url.{function.Region}.{services.Options.Domain}",
            Body = body,
            Caller = caller,
            TraceId = trace,
            Time = services.Time.GetUtcNow(),
        });
        if (payload.Length > Invoke.MaxPayloadBytes)
        {
            await RefuseAsync(http, AwsError.TooLarge(Invoke.MaxPayloadBytes, "InvokeFunction"), url.Cors);
            return;
        }

        // A client that goes away does not stop the function.
        var execution = await services.Invoker.InvokeAsync(version, new InvocationRequest
        {
            RequestId = http.TraceIdentifier,
            Payload = payload,
            InvokedFunctionArn = reference.QualifiedArn,
            TraceId = trace,
            Response = url.InvokeMode == FunctionUrl.Streaming ? ResponseMode.Streaming : ResponseMode.Buffered,
        });
        http.Response.Headers["X-Amzn-Trace-Id"] = trace;
        await AnswerAsync(http, url, execution.Outcome);
    }

    static Task AnswerAsync(HttpContext http, FunctionUrl url, InvocationOutcome outcome) => outcome switch
    {
        InvocationOutcome.Throttled throttled => RefuseAsync(http, InvocationErrors.Throttled(throttled.Reason), url.Cors),
        InvocationOutcome.Recursive => RefuseAsync(http, InvocationErrors.Recursive, url.Cors),
        InvocationOutcome.Streaming streaming => UrlAnswer.WriteStreamAsync(http, url.Cors, streaming),
        InvocationOutcome.Succeeded whole when url.InvokeMode == FunctionUrl.Streaming => UrlAnswer.WriteHeadlessAsync(http, url.Cors, whole),
        InvocationOutcome.Succeeded whole => UrlAnswer.WriteBufferedAsync(http, url.Cors, whole),
        _ => UrlAnswer.WriteFailureAsync(http, url.Cors),
    };

    static Task RefuseAsync(HttpContext http, AwsError error, FunctionUrlCors? cors = null)
    {
        UrlCors.Overwrite(http, cors);
        return ErrorWriter.WriteAsync(http, AwsService.Lambda, error);
    }

    static bool IsServed(string method) => method is "GET" or "POST" or "PUT" or "PATCH" or "DELETE" or "HEAD" or "OPTIONS";
}
