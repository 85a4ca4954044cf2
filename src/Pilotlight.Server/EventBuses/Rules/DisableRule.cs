using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html</summary>
static class DisableRule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, RuleServices services)
    {
        var rule = await services.ChangeAsync(request, static known => known with { State = Rule.Disabled });
        await services.Clock.FollowAsync(new RuleTimer(rule));
        return AwsResult.EmptyObject;
    }
}
