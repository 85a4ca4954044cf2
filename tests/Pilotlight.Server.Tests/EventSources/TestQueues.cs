using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Queues;
using Pilotlight.Testing;

namespace Pilotlight.Tests.EventSources;

/// <summary>Queues for tests, made without a call of the API.</summary>
static class TestQueues
{
    public static Task<Queue> CreateAsync(PilotlightServer server, string name, params (string Name, string Value)[] attributes) =>
        server.Platform.Services.GetRequiredService<QueueCatalog>().CreateAsync(
            new QueueKey("000000000000", "us-east-1", name),
            known => known is not null ? null : new QueueSettings(ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal, attributes.Select(attribute => KeyValuePair.Create(attribute.Name, attribute.Value)))));
}
