using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>Every topic with its subscriptions, in memory; changes are on disk before anybody sees them, one at a time.</summary>
sealed class TopicCatalog : IDisposable
{
    readonly TopicStore _store;
    readonly SemaphoreSlim _turn = new(1);

    volatile ImmutableSortedDictionary<string, TopicState> _topics = ImmutableSortedDictionary.Create<string, TopicState>(StringComparer.Ordinal);

    public TopicCatalog(TopicStore store)
    {
        _store = store;
        var subscriptions = store.LoadSubscriptions().ToLookup(static subscription => subscription.TopicArn);
        _topics = store.LoadTopics().ToImmutableSortedDictionary(
            static topic => topic.Arn,
            topic => new TopicState(topic, subscriptions[topic.Arn].ToImmutableSortedDictionary(static one => one.Arn, static one => one, StringComparer.Ordinal)),
            StringComparer.Ordinal);
    }

    public TopicState? Find(string arn) => _topics.GetValueOrDefault(arn);

    public Subscription? FindSubscription(string arn) =>
        TopicArn.TopicOf(arn) is { } topic ? Find(topic)?.Subscriptions.GetValueOrDefault(arn) : null;

    /// <summary>Of an account in a region, by name.</summary>
    public IEnumerable<TopicState> List(string accountId, string region) =>
        _topics.Values.Where(state => state.Topic.AccountId == accountId && state.Topic.Region == region);

    public IEnumerable<TopicState> All() => _topics.Values;

    /// <summary>
    /// Changes one topic: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: delete it). When
    /// the task completes the change is on disk and visible.
    /// </summary>
    /// <exception cref="AwsException">What <paramref name="decide"/> threw to refuse.</exception>
    public async Task<TopicState?> ChangeAsync(string arn, Func<TopicState?, TopicState?> decide)
    {
        await _turn.WaitAsync();
        try
        {
            var before = Find(arn);
            var after = decide(before);
            if (ReferenceEquals(before, after))
                return after;
            await _store.SaveAsync(arn, before, after);
            _topics = after is null ? _topics.Remove(arn) : _topics.SetItem(arn, after);
            return after;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task ClearAsync()
    {
        await _turn.WaitAsync();
        try
        {
            await _store.ClearAsync();
            _topics = _topics.Clear();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
