using Pilotlight.Api;

namespace Pilotlight.Authorization;

/// <summary>Enforces the actions that the operation requires. An operation that names none, and does not say that it needs none, is refused.</summary>
public sealed class AuthorizationMiddleware(RequestDelegate next, Authorizer authorizer)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.AwsRequest is not { } request)
            return next(http);
        var operation = request.Operation;
        if (!request.IsAuthenticated)
            throw new InvalidOperationException("A request reached authorization without authentication.");
        if (operation.RequiresNothing || operation.IsJudgedByItsHandler)
            return next(http);
        if (operation.ActionOf(request) is not { } action)
            throw new InvalidOperationException($"{operation.Service.Name}:{operation.Name} names no IAM action.");
        var resource = operation.Resource(request);
        if (!CrossAccount.Allows(operation) && ArnText.IsOfOther(resource, request.AccountId))
            return ErrorWriter.WriteAsync(http, operation.Service, CrossAccount.Refused);
        var refused = authorizer.Check(request, action, resource);
        foreach (var also in operation.Further)
            refused ??= also.Resource(request) is { } other ? authorizer.Check(request, also.Action, other) : null;
        return refused is null ? next(http) : ErrorWriter.WriteAsync(http, operation.Service, refused);
    }
}
