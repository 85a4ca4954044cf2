using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html: adds targets or changes those with their ids.</summary>
static class PutTargets
{
    const int MaxTargets = 5;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, RuleServices services)
    {
        var targets = request.Json().GetProperty("Targets").EnumerateArray().Select(Read).ToList();
        services.Catalogs.RuleOf(request, "Rule");
        foreach (var target in targets)
        {
            if (TargetRules.Refuse(target, request) is { } refused)
                return refused;
            if (target.RoleArn is { Length: > 0 } role && services.Authorizer.Check(request, "iam:PassRole", role, RuleServices.PassedToEvents) is { } notPassed)
                return notPassed;
        }

        await services.ChangeAsync(request, rule =>
        {
            var all = rule.Targets.ToList();
            foreach (var target in targets)
            {
                var at = all.FindIndex(known => known.Id == target.Id);
                if (at < 0)
                    all.Add(target);
                else
                    all[at] = target;
            }

            return all.Count > MaxTargets ? throw BusErrors.TooMany.AsException() : rule with { Targets = [.. all] };
        }, "Rule");
        return TargetAnswer.NoneFailed;
    }

    public static ConditionValues Conditions(AwsRequest request, string key) => key.Equals("events:TargetArn", StringComparison.OrdinalIgnoreCase)
        ? new ConditionValues([.. request.Json().GetProperty("Targets").EnumerateArray().Select(target => BusRequest.Member(target, "Arn")).OfType<string>()])
        : ConditionValues.None;

    /// <exception cref="AwsException">A member has the wrong type.</exception>
    static RuleTarget Read(JsonElement target)
    {
        try
        {
            return target.Deserialize(BusesJson.Default.RuleTarget)!;
        }
        catch (JsonException)
        {
            throw AwsError.Serialization("A member of the request has a value of the wrong type.").AsException();
        }
    }
}
