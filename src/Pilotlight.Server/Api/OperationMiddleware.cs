using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Pilotlight.Api;

/// <summary>
/// Finds the operation (a REST route, <c>X-Amz-Target</c>, or the form's <c>Action</c>) and reads the body, which signature and
/// model validation need whole.
/// </summary>
public sealed class OperationMiddleware(RequestDelegate next, OperationRegistry registry)
{
    const long MaxRpcBodyBytes = 16 * 1024 * 1024;

    /// <summary>Runs what another path than <c>/</c> was found to mean, whatever else may be routed there.</summary>
    static readonly Endpoint s_rpc = new(OperationEndpoint.Run, EndpointMetadataCollection.Empty, "RPC on a resource's own address");

    public Task InvokeAsync(HttpContext http)
    {
        if (IsOnQueueAddress(http))
        {
            http.SetEndpoint(s_rpc);
            return RunRpcAsync(http);
        }

        if (http.GetEndpoint()?.Metadata.GetMetadata<AwsOperation>() is { } operation)
            return RunAsync(http, operation.Choose(http));
        if (http.Request.Path.Value is "/" or "" && (HttpMethods.IsPost(http.Request.Method) || HttpMethods.IsGet(http.Request.Method)))
            return RunRpcAsync(http);
        return next(http);
    }

    /// <summary>Clients may send to a queue's own address, <c>/ACCOUNT/NAME</c>, in both protocols; unsigned too, where there is no such bucket.</summary>
    static bool IsOnQueueAddress(HttpContext http) =>
        http.Request.Path.Value is { Length: > 14 } path && path[13] == '/' && !path.AsSpan(1, 12).ContainsAnyExceptInRange('0', '9')
        && (HttpMethods.IsPost(http.Request.Method) || (HttpMethods.IsGet(http.Request.Method) && http.Request.Query.ContainsKey("Action")))
        && (http.Request.Headers.Authorization.Count > 0
            ? ScopeService(http) == AwsService.Sqs.Name
            : http.GetEndpoint()?.Metadata.GetMetadata<AwsOperation>() is null);

    async Task RunAsync(HttpContext http, AwsOperation operation)
    {
        var request = new AwsRequest(http, operation, http.TraceIdentifier);
        http.AwsRequest = request;
        if (operation.StreamsBody)
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = null;
            await next(http);
            return;
        }

        if (await ReadBodyAsync(http, operation.MaxBodyBytes) is not { } body)
        {
            var error = operation.BodyTooLarge?.Invoke() ?? AwsError.TooLarge(operation.MaxBodyBytes, operation.Name);
            await ErrorWriter.WriteAsync(http, operation.Service, error);
            return;
        }

        request.Body = body;
        await next(http);
    }

    async Task RunRpcAsync(HttpContext http)
    {
        if (http.Request.Headers.TryGetValue("X-Amz-Target", out var targets))
        {
            var target = targets.ToString();
            if (registry.FindTarget(target) is { } found)
            {
                await RunAsync(http, found);
                return;
            }

            var service = registry.FindTargetService(target) ?? new AwsService("", AwsProtocol.Json11);
            await ErrorWriter.WriteAsync(http, service, new AwsError(400, "UnknownOperationException", ""));
            return;
        }

        if (await ReadBodyAsync(http, MaxRpcBodyBytes) is not { } body)
        {
            await ErrorWriter.WriteAsync(http, AwsService.Sts, new AwsError(413, "RequestEntityTooLarge", "Request entity too large"));
            return;
        }

        // A presigned call of the query protocol (an EKS token) is a GET: its form stands in the query.
        var isGet = HttpMethods.IsGet(http.Request.Method);
        var form = ParseForm(isGet ? http.Request.QueryString.Value.AsSpan().TrimStart('?').ToString() : Encoding.UTF8.GetString(body.Span));
        var queryService = registry.FindQueryService(form.GetValueOrDefault("Version"), ScopeService(http));
        if (!form.TryGetValue("Action", out var action))
        {
            await next(http);
            return;
        }

        queryService ??= registry.FindAnonymousService(action);
        // A query client reads XML, whatever service it meant.
        queryService ??= new AwsService(ScopeService(http) ?? "", AwsProtocol.Query, Version: form.GetValueOrDefault("Version", ""));

        if (registry.FindAction(queryService, action) is not { } operation)
        {
            var text = $"Could not find operation {action} for version {form.GetValueOrDefault("Version", queryService.Version!)}";
            await ErrorWriter.WriteAsync(http, queryService, new AwsError(400, "InvalidAction", text));
            return;
        }

        http.AwsRequest = new AwsRequest(http, operation, http.TraceIdentifier) { Body = body, Form = form };
        await next(http);
    }

    /// <summary>The service in the credential scope, unverified: it only chooses who answers.</summary>
    static string? ScopeService(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        var start = header.IndexOf("Credential=", StringComparison.Ordinal);
        if (start < 0)
            return null;
        var scope = header.AsSpan(start);
        var end = scope.IndexOf(',');
        var parts = (end < 0 ? scope : scope[..end]).ToString().Split('/');
        return parts.Length >= 5 ? parts[^2] : null;
    }

    static Dictionary<string, string> ParseForm(string text)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var (key, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            form[Decode(key)] = Decode(value);
        }

        return form;

        static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
    }

    /// <summary>The whole body, or null when it is longer than allowed.</summary>
    internal static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext http, long limit)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (http.Request.ContentLength is { } length)
        {
            if (length > limit)
                return null;
            if (length == 0)
                return ReadOnlyMemory<byte>.Empty;
            var buffer = GC.AllocateUninitializedArray<byte>((int)length);
            await http.Request.Body.ReadExactlyAsync(buffer, http.RequestAborted);
            return buffer;
        }

        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > limit)
                return null;
            if (read.IsCompleted)
                return read.Buffer.ToArray();
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
