using System.Buffers;
using Pilotlight.Api;

namespace Pilotlight.Invocations;

/// <summary>The events of a streamed answer.</summary>
static class EventStream
{
    public const string ContentType = EventStreamFrames.ContentType;

    static readonly byte[] s_chunk =
        EventStreamFrames.Headers((":message-type", "event"), (":event-type", "PayloadChunk"), (":content-type", "application/octet-stream"));

    static readonly byte[] s_complete =
        EventStreamFrames.Headers((":message-type", "event"), (":event-type", "InvokeComplete"), (":content-type", "application/json"));

    public static void WritePayloadChunk(IBufferWriter<byte> to, in ReadOnlySequence<byte> payload) => EventStreamFrames.Write(to, s_chunk, payload);

    public static void WriteInvokeComplete(IBufferWriter<byte> to, ReadOnlyMemory<byte> json) =>
        EventStreamFrames.Write(to, s_complete, new ReadOnlySequence<byte>(json));
}
