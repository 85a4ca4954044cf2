using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html</summary>
static class GetFunctionEventInvokeConfig
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        var qualifier = EventInvokeConfigs.QualifierOf(reference);
        return catalog.Find(reference.Key)?.EventInvokeConfigs.GetValueOrDefault(qualifier) is { } config
            ? AwsResult.Json(FunctionEventInvokeConfig.Of(config, reference.Arn, qualifier), FunctionsJson.Wire.FunctionEventInvokeConfig)
            : AwsResult.Refused(EventInvokeConfigs.None(reference));
    }
}
