using System.Buffers;
using System.IO.Pipelines;

namespace Pilotlight.RuntimeApi;

/// <summary>A transport of which some bytes have been read already: they come first, then the rest.</summary>
static class BegunTransport
{
    public static IDuplexPipe Over(IDuplexPipe transport, ReadOnlySpan<byte> begun)
    {
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false));
        pipe.Writer.Write(begun);
        _ = CopyAsync(transport.Input, pipe.Writer);
        return new Duplex(pipe.Reader, transport.Output);
    }

    static async Task CopyAsync(PipeReader from, PipeWriter to)
    {
        Exception? failure = null;
        try
        {
            await to.FlushAsync();
            await from.CopyToAsync(to);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or InvalidOperationException)
        {
            failure = broken;
        }

        await to.CompleteAsync(failure);
        await from.CompleteAsync();
    }

    sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
