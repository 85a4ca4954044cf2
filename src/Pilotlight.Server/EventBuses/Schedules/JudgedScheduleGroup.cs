using Pilotlight.Authorization;

namespace Pilotlight.EventBuses;

/// <summary>Groups as authorization sees them: tags, and no policies.</summary>
sealed class JudgedScheduleGroup(ScheduleGroupCatalog groups) : IJudgedResource
{
    public string Service => "scheduler";

    public string Kind => "schedule-group";

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => groups.FindByArn(arn)?.Tags;
}
