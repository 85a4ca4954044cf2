using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Pilotlight.Patterns;
using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>Every rule, and for each bus a table of those that an event could match.</summary>
sealed class RuleCatalog(Database database)
{
    readonly ResourceCatalog<Rule> _rules = new(database, "rule", BusesJson.Default.Rule);

    /// <summary>By the state of a scope: a change makes another object.</summary>
    readonly ConditionalWeakTable<ImmutableSortedDictionary<string, Rule>, Dictionary<string, RuleTable>> _tables = [];

    public Rule? Find(BusScope scope, string key) => _rules.Find(scope, key);

    public Rule? Find(BusName bus, string name) => _rules.Find(bus.Scope, Rule.KeyOf(bus.Name, name));

    /// <summary>The rules of a bus by their names.</summary>
    public IEnumerable<KeyValuePair<string, Rule>> List(BusName bus) => _rules.List(bus.Scope).Where(entry => entry.Value.BusName == bus.Name);

    public IEnumerable<Rule> All() => _rules.All();

    public Task<Rule?> ChangeAsync(BusName bus, string name, Func<Rule?, Rule?> decide) =>
        _rules.ChangeAsync(bus.Scope, Rule.KeyOf(bus.Name, name), decide);

    public Task<Rule?> ChangeAsync(BusScope scope, string key, Func<Rule?, Rule?> decide) => _rules.ChangeAsync(scope, key, decide);

    public Task EraseAsync() => _rules.EraseAsync();

    /// <summary>The enabled rules whose pattern an event matches.</summary>
    public IEnumerable<Rule> Matching(BusName bus, string source, EventValue candidate)
    {
        var tables = _tables.GetValue(_rules.List(bus.Scope), static rules => rules.Values
            .Where(rule => rule.IsEnabled && rule.EventPattern is not null)
            .GroupBy(rule => rule.BusName)
            .ToDictionary(group => group.Key, group => new RuleTable(group)));
        return tables.TryGetValue(bus.Name, out var table) ? table.Matching(source, candidate) : [];
    }
}

/// <summary>The rules of a bus. Those that name their sources plainly are only looked at for these.</summary>
sealed class RuleTable
{
    readonly Dictionary<string, List<Rule>> _bySource = new(StringComparer.Ordinal);
    readonly List<Rule> _others = [];

    public RuleTable(IEnumerable<Rule> rules)
    {
        foreach (var rule in rules)
        {
            if (rule.Pattern!.OnlyTexts("source") is not { } sources)
            {
                _others.Add(rule);
                continue;
            }

            foreach (var source in sources.Distinct())
            {
                if (!_bySource.TryGetValue(source, out var listed))
                    _bySource[source] = listed = [];
                listed.Add(rule);
            }
        }
    }

    public IEnumerable<Rule> Matching(string source, EventValue candidate)
    {
        var named = _bySource.TryGetValue(source, out var listed) ? listed : [];
        return named.Concat(_others).Where(rule => rule.Pattern!.Matches(candidate));
    }
}
