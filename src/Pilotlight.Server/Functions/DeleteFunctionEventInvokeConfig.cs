using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html</summary>
static class DeleteFunctionEventInvokeConfig
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        var qualifier = EventInvokeConfigs.QualifierOf(reference);
        await catalog.ChangeAsync(reference.Key, current =>
            current?.EventInvokeConfigs.ContainsKey(qualifier) == true
                ? current with { EventInvokeConfigs = current.EventInvokeConfigs.Remove(qualifier) }
                : throw EventInvokeConfigs.None(reference).AsException());
        return AwsResult.Empty(204);
    }
}
