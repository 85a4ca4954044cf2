using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html</summary>
static class RemoveTargets
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, RuleServices services)
    {
        var ids = request.Texts("Ids");
        var unknown = new List<string>();
        await services.ChangeAsync(request, rule =>
        {
            unknown = [.. ids.Where(id => rule.Targets.All(target => target.Id != id))];
            return unknown.Count == ids.Count ? rule : rule with { Targets = rule.Targets.RemoveAll(target => ids.Contains(target.Id)) };
        }, "Rule");
        return unknown.Count == 0 ? TargetAnswer.NoneFailed : BusAnswer.Of(writer =>
        {
            writer.WriteNumber("FailedEntryCount", unknown.Count);
            writer.WriteStartArray("FailedEntries");
            foreach (var id in unknown)
            {
                writer.WriteStartObject();
                writer.WriteString("TargetId", id);
                writer.WriteString("ErrorCode", "ResourceNotFoundException");
                writer.WriteString("ErrorMessage", $"Rule {request.Required("Rule")} does not have a target with the Id {id}.");
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }
}
