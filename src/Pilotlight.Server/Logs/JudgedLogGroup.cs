using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Pilotlight.Authorization;

namespace Pilotlight.Logs;

/// <summary>Log groups and their streams, as decisions see them: the resource policies of their account and region speak for all.</summary>
sealed class JudgedLogGroup(LogStore store) : IJudgedResource
{
    readonly ConcurrentDictionary<LogScope, (ImmutableArray<LogResourcePolicy> Of, Statements Whole)> _known = [];

    public string Service => "logs";

    public string Kind => "log-group";

    public IPolicyDocument? PolicyOf(string arn)
    {
        // Asked for every batch of lines that a function writes.
        if (!store.HasPolicies || arn.Split(':', 6) is not [_, _, _, var region, var account, _])
            return null;
        var scope = new LogScope(account, region);
        var policies = store.PoliciesOf(scope);
        if (policies.IsEmpty)
            return null;
        if (!_known.TryGetValue(scope, out var known) || known.Of != policies)
            _known[scope] = known = (policies, Statements.Of(policies));
        return known.Whole;
    }

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) =>
        arn.Split(':') is [_, _, _, var region, var account, _, var name, ..] && store.FindGroup(new LogScope(account, region), name) is { } group
            ? store.ListTags(group)
            : null;

    sealed record Statements(string Document) : IPolicyDocument
    {
        public static Statements Of(ImmutableArray<LogResourcePolicy> policies)
        {
            var all = new JsonArray();
            foreach (var policy in policies)
            {
                var statement = JsonNode.Parse(policy.Document)!["Statement"]!;
                foreach (var one in statement as IEnumerable<JsonNode?> ?? [statement])
                    all.Add(one!.DeepClone());
            }

            return new Statements(new JsonObject { ["Version"] = "2012-10-17", ["Statement"] = all }.ToJsonString());
        }
    }
}
