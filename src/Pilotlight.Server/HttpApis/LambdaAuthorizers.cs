using System.Text.Json;
using Pilotlight.Environments;
using Pilotlight.Invocations;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>Asks functions whether a request may pass.</summary>
sealed class LambdaAuthorizers(ApiInvoker invoker, TimeProvider time)
{
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    public async ValueTask<Admission> CheckAsync(ApiRequest request, ServedAuthorizer authorizer)
    {
        var identity = new List<string>(authorizer.Sources.Count);
        foreach (var source in authorizer.Sources)
        {
            if (source.ValueIn(request) is not { } value)
                return Admission.Unauthorized;
            identity.Add(value);
        }

        if (authorizer.Recall(identity, request.Time) is not { } answer)
        {
            (var asked, var refused) = await AskAsync(request, authorizer, identity);
            if (asked is null)
                return refused;
            answer = asked;
            authorizer.Remember(identity, answer, request.Time);
        }

        return answer.Allows(request) ? new Admission(new ApiIdentity.Vouched(answer.Context, answer.PrincipalId)) : Admission.Forbidden;
    }

    async Task<(AuthorizerAnswer?, Admission)> AskAsync(ApiRequest request, ServedAuthorizer authorizer, IReadOnlyList<string> identity)
    {
        var leave = new ApiLeave(authorizer.SourceArn, request.Stage.Api.AccountId, authorizer.Authorizer.AuthorizerCredentialsArn);
        if (authorizer.Function is not { } function || await invoker.FindAsync(function, leave, request.Http.RequestAborted) is not { } version)
            return (null, Admission.Failed);
        var trace = TraceHeader.From(request.Http.Request.Headers["X-Amzn-Trace-Id"], version, time);
        var payload = authorizer.IsFormat2
            ? UrlEvent.Write(request.Event(trace, ApiIdentity.Nobody, json => Lead2(json, request, identity)))
            : ApiEvent1.Write(request, trace, ApiIdentity.Nobody, json => Lead1(json, request, identity));
        switch (await invoker.InvokeAsync(version, function, payload, trace, s_timeout))
        {
            case InvocationOutcome.Succeeded succeeded:
                var isSimple = authorizer is { IsFormat2: true, Authorizer.EnableSimpleResponses: true };
                return (AuthorizerAnswer.TryRead(succeeded.Answer, isSimple), Admission.Failed);
            case InvocationOutcome.FunctionError error when SaysUnauthorized(error.Answer):
                return (null, Admission.Unauthorized);
            default:
                return (null, Admission.Failed);
        }
    }

    static void Lead2(Utf8JsonWriter json, ApiRequest request, IReadOnlyList<string> identity)
    {
        json.WriteString("type", "REQUEST");
        json.WriteString("routeArn", request.Arn);
        if (identity.Count == 0)
        {
            json.WriteNull("identitySource");
            return;
        }

        json.WriteStartArray("identitySource");
        foreach (var value in identity)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    static void Lead1(Utf8JsonWriter json, ApiRequest request, IReadOnlyList<string> identity)
    {
        json.WriteString("type", "REQUEST");
        json.WriteString("methodArn", request.Arn);
        json.WriteString("identitySource", string.Join(',', identity));
        json.WriteString("authorizationToken", string.Join(',', identity));
    }

    /// <summary>An authorizer refuses with 401 by throwing this very word.</summary>
    static bool SaysUnauthorized(ReadOnlyMemory<byte> error)
    {
        try
        {
            using var json = JsonDocument.Parse(error);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("errorMessage", out var message)
                && message.ValueKind == JsonValueKind.String && message.GetString() == "Unauthorized";
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
