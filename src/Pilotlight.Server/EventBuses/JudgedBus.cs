using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Pilotlight.Authorization;

namespace Pilotlight.EventBuses;

/// <summary>Buses as authorization sees them. S3 puts events of an account's buckets on its default bus, and nobody has to allow that.</summary>
sealed class JudgedBus(BusCatalog buses) : IJudgedResource
{
    /// <summary>By scope: the policy of the default bus, and the same with what goes without saying.</summary>
    readonly ConcurrentDictionary<BusScope, (BusPolicy? Own, BusPolicy Whole)> _defaults = [];

    public string Service => "events";

    public string Kind => "event-bus";

    public IPolicyDocument? PolicyOf(string arn)
    {
        if (Find(arn) is not { } bus)
            return null;
        if (bus.Name != EventBus.Default)
            return bus.Policy;
        if (_defaults.TryGetValue(bus.Scope, out var known) && ReferenceEquals(known.Own, bus.Policy))
            return known.Whole;
        var whole = BusPolicy.Put(bus.Policy, new JsonObject
        {
            ["Sid"] = "__services",
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["Service"] = "s3.amazonaws.com" },
            ["Action"] = "events:PutEvents",
            ["Resource"] = bus.Arn,
            ["Condition"] = new JsonObject { ["StringEquals"] = new JsonObject { ["aws:SourceAccount"] = bus.AccountId } },
        });
        _defaults[bus.Scope] = (bus.Policy, whole);
        return whole;
    }

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => Find(arn)?.Tags;

    EventBus? Find(string arn) => BusName.TryParse(arn) is { } bus ? buses.Find(bus) : null;
}

/// <summary>Rules as authorization sees them: tags, and no policies.</summary>
sealed class JudgedRule(RuleCatalog rules) : IJudgedResource
{
    public string Service => "events";

    public string Kind => "rule";

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => Rule.Locate(arn) is var (scope, key) ? rules.Find(scope, key)?.Tags : null;
}
