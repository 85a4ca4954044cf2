using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>The deprecated <c>InvokeAsync</c>: the same queue as <c>Event</c>.</summary>
static class InvokeAsync
{
    const int MaxEventBytes = 1024 * 1024;

    static readonly byte[] s_answer = "{\"Status\":202}"u8.ToArray();

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog, InvocationServices services)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        if (catalog.Find(reference) is not { } found)
            return reference.NotFoundByInvoke;
        if (TenantRules.Refuse(request, found) is { } misplaced)
            return misplaced;
        if (request.Body.Length > MaxEventBytes)
            return AwsError.TooLarge(MaxEventBytes, "InvokeAsync");
        if (PayloadJson.Problem(request.Body.Span) is { } problem)
            return new AwsError(400, "InvalidRequestContentException", problem);
        if (await catalog.FindSettledAsync(reference, request.Aborted) is not { } settled)
            return reference.NotFoundByInvoke;
        if (settled.NotRunnable is { } what)
            return FunctionErrors.NotRunnable(what);
        await services.Events.AcceptAsync(
            reference, request.RequestId, TraceHeader.From(request.Header("X-Amzn-Trace-Id"), settled, services.Time), request.Body);
        return AwsResult.Bytes(s_answer, "application/json", 202);
    }
}
