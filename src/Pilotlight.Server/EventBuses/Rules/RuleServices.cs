using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;

namespace Pilotlight.EventBuses;

/// <summary>What operations on rules share.</summary>
sealed record RuleServices(BusCatalogs Catalogs, ScheduleClock Clock, Authorizer Authorizer, TimeProvider Time)
{
    /// <summary>Changes the rule that a request names.</summary>
    /// <exception cref="AwsException">There is no such bus or rule.</exception>
    public async Task<Rule> ChangeAsync(AwsRequest request, Func<Rule, Rule> change, string member = "Name")
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        Catalogs.Buses.Get(bus);
        var name = request.Required(member);
        var changed = await Catalogs.Rules.ChangeAsync(bus, name, known => change(known ?? throw BusErrors.NoRule(name, bus.Name).AsException()));
        return changed!;
    }

    /// <summary>The rule that a request means, as policies name it.</summary>
    public static string ArnOf(AwsRequest request, string member)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        return bus.Scope.RuleArn(bus.Name, request.Text(member) ?? "*");
    }

    public static ConditionValues PassedToEvents(string key) =>
        key.Equals("iam:PassedToService", StringComparison.OrdinalIgnoreCase) ? "events.amazonaws.com" : ConditionValues.None;
}
