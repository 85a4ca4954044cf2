using Pilotlight.Storage;

namespace Pilotlight.Streams;

/// <summary>Reset: no streams, and nothing in them.</summary>
sealed class ErasableStreams(StreamCatalog catalog, StreamStore store, RecordLog log, StreamWriter writer) : IErasable
{
    public async Task EraseAsync()
    {
        foreach (var stream in catalog.All())
        {
            await catalog.ChangeAsync(stream.Key, static _ => null);
            log.Forget(stream);
        }

        writer.Clear();
        await store.SweepAsync(CancellationToken.None);
    }
}
