using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html: replaces the configuration as a whole.</summary>
static class PutFunctionEventInvokeConfig
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionServices services) =>
        EventInvokeConfigs.WriteAsync(request, services.Catalog, (_, input, _) => new EventInvokeConfig
        {
            LastModified = services.Time.GetUtcNow(),
            MaximumRetryAttempts = input.MaximumRetryAttempts,
            MaximumEventAgeInSeconds = input.MaximumEventAgeInSeconds,
            OnSuccess = Present(input.DestinationConfig?.OnSuccess),
            OnFailure = Present(input.DestinationConfig?.OnFailure),
        });

    internal static string? Present(DestinationEnd? end) => end?.Destination is { Length: > 0 } arn ? arn : null;
}
