using Microsoft.AspNetCore.Http.Features;

namespace Pilotlight.Api;

public static class ApiModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddApi() =>
            services.AddSingleton<OperationRegistry>().AddSingleton(static _ => new System.Diagnostics.Metrics.Meter(DurationHistogram.MeterName));
    }

    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>A REST operation: one method and path of one service. A trailing slash is accepted too.</summary>
        public AwsOperation MapRest(
            AwsService service, string method, string path, string name, Func<AwsRequest, ValueTask<AwsResult>> handle)
        {
            var operation = routes.ServiceProvider.GetRequiredService<OperationRegistry>().Add(new AwsOperation(service, name, handle));
            routes.MapMethods(path, [method], OperationEndpoint.Run).WithMetadata(operation);
            return operation;
        }

        /// <summary>An operation that shares the route of another, which names it (<see cref="AwsOperation.OrWhenQuery"/>).</summary>
        public AwsOperation MapVariant(AwsService service, string name, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
            routes.ServiceProvider.GetRequiredService<OperationRegistry>().Add(new AwsOperation(service, name, handle));

        /// <summary>An operation found by <c>X-Amz-Target</c> or <c>Action</c> on <c>POST /</c>.</summary>
        public AwsOperation MapRpc(AwsService service, string name, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
            routes.ServiceProvider.GetRequiredService<OperationRegistry>().Add(new AwsOperation(service, name, handle));
    }

    extension(WebApplication app)
    {
        /// <summary>First station: request id, and the boundary where errors become AWS's answers.</summary>
        /// <param name="beforeRouting">Takes requests that are told by something else than their path.</param>
        public void UseApi(Action<WebApplication>? beforeRouting = null)
        {
            app.UseMiddleware<RequestBoundaryMiddleware>();
            beforeRouting?.Invoke(app);
            app.UseRouting();
            app.UseMiddleware<OperationMiddleware>();
        }

        /// <summary>After authentication: the input against the model of the operation.</summary>
        public void UseModelValidation() => app.Use(static next => http =>
        {
            if (http.AwsRequest is { Operation.Validation: { } validate } request && validate(request) is { } error)
                return ErrorWriter.WriteAsync(http, request.Operation.Service, error);
            return next(http);
        });

        /// <summary>Last: the RPC endpoint, and AWS's answer to a path that is none of its own.</summary>
        public void MapApi()
        {
            app.MapMethods("/", ["GET", "POST"], OperationEndpoint.Run);
            app.MapFallback(OperationEndpoint.Unknown);
            app.Services.GetRequiredService<OperationRegistry>().RefuseUnnamed();
        }
    }
}
