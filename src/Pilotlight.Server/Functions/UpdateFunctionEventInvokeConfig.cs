using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html: changes the members that are given.</summary>
static class UpdateFunctionEventInvokeConfig
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionServices services) =>
        EventInvokeConfigs.WriteAsync(request, services.Catalog, (current, input, reference) =>
        {
            if (current is null)
                throw EventInvokeConfigs.None(reference).AsException();
            var destinations = input.DestinationConfig;
            return current with
            {
                LastModified = services.Time.GetUtcNow(),
                MaximumRetryAttempts = input.MaximumRetryAttempts ?? current.MaximumRetryAttempts,
                MaximumEventAgeInSeconds = input.MaximumEventAgeInSeconds ?? current.MaximumEventAgeInSeconds,
                OnSuccess = destinations is null ? current.OnSuccess : PutFunctionEventInvokeConfig.Present(destinations.OnSuccess),
                OnFailure = destinations is null ? current.OnFailure : PutFunctionEventInvokeConfig.Present(destinations.OnFailure),
            };
        });
}
