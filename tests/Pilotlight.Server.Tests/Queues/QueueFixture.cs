using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Queues;
using Pilotlight.Storage;

namespace Pilotlight.Tests.Queues;

/// <summary>Queues on a disk of their own, with a clock that tests move, that can be opened again as after a stop or a kill.</summary>
sealed class QueueFixture : IAsyncDisposable
{
    readonly DataFolder _folder = new(Path.Combine(Path.GetTempPath(), $"pilotlight-queues-{Guid.NewGuid():n}"));

    Database _state;
    MessageStore _messages;

    public QueueFixture() => (_state, _messages, Catalog, Store) = Open();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    public QueueCatalog Catalog { get; private set; }

    public QueueStore Store { get; private set; }

    public MessageStore Messages => _messages;

    public async Task<Queue> CreateAsync(string name, params (string Name, string Value)[] attributes)
    {
        var key = Key(name);
        var values = QueueAttributes.Apply(
            key, QueueSettings.NoTexts, attributes.Select(static attribute => KeyValuePair.Create(attribute.Name, attribute.Value)), Catalog.Find);
        return await Catalog.CreateAsync(key, _ => new QueueSettings(values));
    }

    public Queue Find(string name) => Catalog.Find(Key(name))!;

    public static QueueKey Key(string name) => new("000000000000", "us-east-1", name);

    /// <summary>As after a kill: nothing is saved that was not on disk, but the writer ends what it has begun.</summary>
    public async Task ReopenAsync()
    {
        await Catalog.DisposeAsync();
        await _messages.DisposeAsync();
        await _state.DisposeAsync();
        (_state, _messages, Catalog, Store) = Open();
    }

    public async ValueTask DisposeAsync()
    {
        await Catalog.DisposeAsync();
        await _messages.DisposeAsync();
        await _state.DisposeAsync();
        Directory.Delete(_folder.Root, recursive: true);
    }

    (Database, MessageStore, QueueCatalog, QueueStore) Open()
    {
        var state = Database.Open(_folder.StateDatabase);
        var messages = new MessageStore(_folder);
        var store = new QueueStore(state);
        var catalog = new QueueCatalog(store, messages, Time);
        catalog.Load();
        return (state, messages, catalog, store);
    }
}

static class QueueSteps
{
    public static Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(this Queue queue, int max = 10, TimeSpan? visibility = null) =>
        queue.ReceiveAsync(max, TimeSpan.Zero, visibility, TestContext.Current.CancellationToken);

    public static Task SendAsync(this Queue queue, string body, string? group = null, string? id = null) =>
        queue.SendAsync(new NewMessage(body) { GroupId = group, DeduplicationId = id });

    public static string[] Bodies(this IEnumerable<ReceivedMessage> messages) => [.. messages.Select(static message => message.Body)];
}
