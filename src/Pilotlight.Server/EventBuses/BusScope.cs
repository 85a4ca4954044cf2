using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>Where buses, rules, archives and schedules live.</summary>
public readonly record struct BusScope(string AccountId, string Region)
{
    public static BusScope Of(AwsRequest request) => new(request.AccountId, request.Region);

    public string BusArn(string name) => $"{Prefix}event-bus/{name}";

    public string RuleArn(string bus, string rule) => bus == EventBus.Default ? $"{Prefix}rule/{rule}" : $"{Prefix}rule/{bus}/{rule}";

    public string ArchiveArn(string name) => $"{Prefix}archive/{name}";

    public string ReplayArn(string name) => $"{Prefix}replay/{name}";

    public string ScheduleArn(string group, string name) => $"arn:aws:scheduler:{Region}:{AccountId}:schedule/{group}/{name}";

    public string GroupArn(string name) => $"arn:aws:scheduler:{Region}:{AccountId}:schedule-group/{name}";

    string Prefix => $"arn:aws:events:{Region}:{AccountId}:";
}

/// <summary>A bus as requests name it: by name, in the caller's account and region, or by its whole ARN.</summary>
readonly record struct BusName(BusScope Scope, string Name)
{
    public string Arn => Scope.BusArn(Name);

    /// <param name="nameOrArn">Null or empty for the default bus.</param>
    public static BusName Of(AwsRequest request, string? nameOrArn)
    {
        if (string.IsNullOrEmpty(nameOrArn))
            return new BusName(BusScope.Of(request), EventBus.Default);
        return TryParse(nameOrArn) ?? new BusName(BusScope.Of(request), nameOrArn);
    }

    /// <summary>Null for what is no ARN of a bus.</summary>
    public static BusName? TryParse(string arn) =>
        arn.Split(':', 6) is ["arn", _, "events", { Length: > 0 } region, { Length: 12 } account, var rest] && rest.StartsWith("event-bus/", StringComparison.Ordinal)
            && rest.Length > "event-bus/".Length
            ? new BusName(new BusScope(account, region), rest["event-bus/".Length..])
            : null;
}
