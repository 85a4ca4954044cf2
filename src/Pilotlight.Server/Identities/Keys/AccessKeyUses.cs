using System.Collections.Concurrent;
using Pilotlight.Api;

namespace Pilotlight.Identities;

public readonly record struct AccessKeyUse(DateTimeOffset At, string Region, string Service);

/// <summary>When a user's key was last used, for what: noted in memory once a minute at most, and kept over a restart.</summary>
public sealed class AccessKeyUses
{
    static readonly TimeSpan s_resolution = TimeSpan.FromMinutes(1);

    readonly AccountStore _store;
    readonly ConcurrentDictionary<string, AccessKeyUse> _uses = new(StringComparer.Ordinal);

    internal AccessKeyUses(AccountStore store) => _store = store;

    public void Load()
    {
        foreach (var (id, use) in _store.ReadUses())
            _uses[id] = use;
    }

    public AccessKeyUse? Find(string accessKeyId) => _uses.TryGetValue(accessKeyId, out var use) ? use : null;

    /// <summary>After the signature was verified. Only the keys of users are counted.</summary>
    public void Note(Caller caller, string service, string region, DateTimeOffset now)
    {
        if (caller.Kind != CallerKind.User || caller.IssuedAt is not null)
            return;
        if (_uses.TryGetValue(caller.AccessKeyId, out var last) && now - last.At < s_resolution)
            return;
        var use = new AccessKeyUse(now, region, service);
        _uses[caller.AccessKeyId] = use;
        _store.NoteUse(caller.AccessKeyId, use);
    }

    internal void Forget(string accessKeyId) => _uses.TryRemove(accessKeyId, out _);
}
