namespace Pilotlight.Api;

/// <summary>Runs the handler of the request's operation and writes what it answers.</summary>
static class OperationEndpoint
{
    public static async Task Run(HttpContext http)
    {
        if (http.AwsRequest is not { } request)
        {
            await Unknown(http);
            return;
        }

        if (!request.IsAuthenticated)
            throw new InvalidOperationException("A request reached its handler without authentication.");
        var result = await request.Operation.Handle(request);
        if (result.Written)
            return;
        if (result.Error is { } error)
        {
            await ErrorWriter.WriteAsync(http, request.Operation.Service, error);
            return;
        }

        request.Answer = result.Body;
        http.Response.StatusCode = result.Status;
        if (result.Body.IsEmpty)
        {
            if (result.Status != 204)
                http.Response.ContentLength = 0;
            return;
        }

        var (body, contentType) = result.ContentType is { } given ? (result.Body, given) : request.Encode(result.Body);
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>A path that belongs to no operation: AWS's front door asks for a signature before it says so.</summary>
    public static Task Unknown(HttpContext http)
    {
        var signed = http.Request.Headers.ContainsKey("Authorization") || http.Request.Query.ContainsKey("X-Amz-Signature");
        return ErrorWriter.WriteAsync(
            http, AwsService.Lambda,
            signed ? AwsError.UnknownOperation : new AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token"));
    }

    internal static string ContentType(AwsProtocol protocol) => protocol switch
    {
        AwsProtocol.RestJson => "application/json",
        AwsProtocol.Json10 => "application/x-amz-json-1.0",
        AwsProtocol.Json11 => "application/x-amz-json-1.1",
        _ => "text/xml",
    };
}
