using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html</summary>
static class EnableRule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, RuleServices services)
    {
        var now = services.Time.GetUtcNow();
        var rule = await services.ChangeAsync(request, known => known.IsEnabled ? known : known with { State = "ENABLED", EnabledAt = now });
        await services.Clock.FollowAsync(new RuleTimer(rule));
        return AwsResult.EmptyObject;
    }
}
