using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>Tags of buses and rules, by their ARNs.</summary>
sealed class TaggedResources(BusCatalogs catalogs)
{
    public IReadOnlyDictionary<string, string>? Find(string arn)
    {
        if (BusName.TryParse(arn) is { } bus)
            return catalogs.Buses.Find(bus)?.Tags;
        return Rule.Locate(arn) is var (scope, key) ? catalogs.Rules.Find(scope, key)?.Tags : null;
    }

    /// <exception cref="AwsException">There is no such resource in the account and region.</exception>
    public async Task ChangeAsync(AwsRequest request, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var arn = request.Required("ResourceARN");
        if (BusName.TryParse(arn) is { } bus && bus.Scope == BusScope.Of(request))
            await catalogs.Buses.ChangeAsync(bus, known => known is null ? throw NotFound(arn) : known with { Tags = change(known.Tags) });
        else if (Rule.Locate(arn) is var (scope, key) && scope == BusScope.Of(request))
            await catalogs.Rules.ChangeAsync(scope, key, known => known is null ? throw NotFound(arn) : known with { Tags = change(known.Tags) });
        else
            throw NotFound(arn);
    }

    public static AwsException NotFound(string arn)
    {
        if (BusName.TryParse(arn) is { } bus)
            return BusErrors.NoBus(bus.Name).AsException();
        return Rule.Locate(arn) is var (_, key) && key.Split('|') is [var busName, var rule]
            ? BusErrors.NoRule(rule, busName).AsException()
            : BusErrors.NotFound($"{arn} not found.").AsException();
    }
}
