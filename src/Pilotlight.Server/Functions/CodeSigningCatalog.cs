using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>Every code signing configuration, in memory; changes are on disk before anybody sees them.</summary>
public sealed class CodeSigningCatalog(CodeSigningStore store)
{
    readonly Lock _gate = new();
    readonly Turns<string> _turns = new();

    volatile ImmutableSortedDictionary<string, CodeSigningConfig> _configs =
        ImmutableSortedDictionary.Create<string, CodeSigningConfig>(StringComparer.Ordinal);

    public CodeSigningConfig? Find(string arn) => _configs.GetValueOrDefault(arn);

    public IEnumerable<CodeSigningConfig> List(string accountId, string region) =>
        _configs.Values.Where(config => config.AccountId == accountId && config.Region == region);

    public IEnumerable<CodeSigningConfig> All() => _configs.Values;

    /// <summary>Reads everything back from the database. Before the first request.</summary>
    public void Load() =>
        _configs = store.Load().ToImmutableSortedDictionary(config => config.Arn, config => config, StringComparer.Ordinal);

    /// <summary>
    /// Changes one configuration: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: delete
    /// it). When the task completes the change is on disk and visible.
    /// </summary>
    /// <exception cref="AwsException">What <paramref name="decide"/> threw to refuse.</exception>
    public async Task<CodeSigningConfig?> ChangeAsync(string arn, Func<CodeSigningConfig?, CodeSigningConfig?> decide)
    {
        using (await _turns.TakeAsync(arn))
        {
            var next = decide(Find(arn));
            await store.SaveAsync(arn, next);
            lock (_gate)
                _configs = next is null ? _configs.Remove(arn) : _configs.SetItem(arn, next);
            return next;
        }
    }
}
