using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;
using Pilotlight.Patterns;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html: makes a rule or changes it.</summary>
static class PutRule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, RuleServices services)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        var name = request.Required("Name");
        if (Refuse(request, bus) is { } refused)
            return refused;
        services.Catalogs.Buses.Get(bus);
        if (request.Text("RoleArn") is { Length: > 0 } role && services.Authorizer.Check(request, "iam:PassRole", role, RuleServices.PassedToEvents) is { } notPassed)
            return notPassed;
        var now = services.Time.GetUtcNow();
        var rule = await services.Catalogs.Rules.ChangeAsync(bus, name, known =>
        {
            var state = request.Text("State") ?? "ENABLED";
            var next = (known ?? new Rule
            {
                AccountId = bus.Scope.AccountId,
                Region = bus.Scope.Region,
                BusName = bus.Name,
                Name = name,
                CreatedBy = request.AccountId,
                Tags = TagSet.Of(request.Tags()),
                EnabledAt = now,
            }) with
            {
                EventPattern = Empty(request.Text("EventPattern")),
                ScheduleExpression = Empty(request.Text("ScheduleExpression")),
                State = state,
                Description = request.Text("Description"),
                RoleArn = Empty(request.Text("RoleArn")),
            };
            var starts = known is null || known.ScheduleExpression != next.ScheduleExpression || (!known.IsEnabled && next.IsEnabled);
            return starts ? next with { EnabledAt = now } : next;
        });
        await services.Clock.FollowAsync(new RuleTimer(rule!));
        return BusAnswer.Of(writer => writer.WriteString("RuleArn", rule!.Arn));
    }

    public static ConditionValues Conditions(AwsRequest request, string key) => key.ToLowerInvariant() switch
    {
        "events:source" => PatternTexts(request, "source"),
        "events:detail-type" => PatternTexts(request, "detail-type"),
        _ => ConditionValues.None,
    };

    static ConditionValues PatternTexts(AwsRequest request, string member) =>
        EventPattern.TryParse(request.Text("EventPattern"))?.OnlyTexts(member) is { } texts ? new ConditionValues([.. texts]) : ConditionValues.None;

    static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    static AwsError? Refuse(AwsRequest request, BusName bus)
    {
        var (pattern, schedule) = (Empty(request.Text("EventPattern")), Empty(request.Text("ScheduleExpression")));
        if (pattern is null && schedule is null)
            return AwsError.Validation("Parameter(s) EventPattern or ScheduleExpression must be specified.");
        if (schedule is not null && bus.Name != EventBus.Default)
            return AwsError.Validation("ScheduleExpression is supported only on the default event bus.");
        if (schedule is not null && ScheduleExpression.TryParseRule(schedule) is null)
            return BusErrors.Invalid("ScheduleExpression");
        try
        {
            if (pattern is not null)
                EventPattern.Parse(pattern);
            return null;
        }
        catch (PatternException wrong)
        {
            return BusErrors.Pattern(wrong.Message);
        }
    }
}
