using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pilotlight.Iam;
using Pilotlight.Identities;

namespace Pilotlight.Authorization;

/// <summary>
/// What was decided about one principal, as of one state of its account, and depended on nothing else but action, resource and the
/// resource's policy.
/// </summary>
sealed class Decisions
{
    const int MaxRemembered = 512;

    static readonly ConditionalWeakTable<KnownPrincipal, Decisions> s_all = [];

    readonly ConcurrentDictionary<(string Action, string Resource, string? Owner), Remembered> _decisions = new();

    public static Decisions Of(KnownPrincipal known) => s_all.GetValue(known, static _ => new Decisions());

    public bool TryRecall(string action, string resource, string? owner, ResourcePolicies ofResource, out Decision decision)
    {
        if (_decisions.TryGetValue((action, resource, owner), out var known) && ReferenceEquals(known.OfResource, ofResource))
        {
            decision = known.Decision;
            return true;
        }

        decision = default;
        return false;
    }

    public void Remember(string action, string resource, string? owner, ResourcePolicies ofResource, Decision decision)
    {
        if (_decisions.Count >= MaxRemembered)
            _decisions.Clear();
        _decisions[(action, resource, owner)] = new Remembered(ofResource, decision);
    }

    sealed record Remembered(ResourcePolicies OfResource, Decision Decision);
}
