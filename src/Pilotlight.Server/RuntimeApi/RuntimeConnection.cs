using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Pilotlight.Sandbox;

namespace Pilotlight.RuntimeApi;

/// <summary>
/// One connection of a runtime, for the requests that it repeats: the poll for the next event, the answer, the error. With the first
/// request that is anything else the connection goes over to the web server, and stays there. What comes in is served by one thread, that
/// of the loop; an event is sent by whoever brings it.
/// </summary>
sealed class RuntimeConnection(Socket socket, RuntimeSession session, RuntimeApiLoop loop, RuntimeResponseWriter responses, IRuntimeConnectionOwner owner)
    : IRuntimePoll
{
    /// <summary>A payload up to here is sent in one piece with its head.</summary>
    const int SentWithHead = 32 * 1024;

    /// <summary>Nobody who waits for an event has that much to say meanwhile.</summary>
    const int MaxKeptBytes = 64 * 1024;

    readonly Lock _gate = new();
    Answer? _answer;
    byte[] _kept = [];
    ReadOnlyMemory<byte> _unsent;
    bool _owesAcceptance;
    bool _waiting;
    bool _closed;

    /// <summary>What the loop knows it by.</summary>
    public long Key { get; set; }

    public int Descriptor { get; } = (int)socket.Handle;

    /// <summary>From now on the loop serves it.</summary>
    public void Start() => loop.Add(this);

    /// <summary>Takes what has come. Called by the loop only.</summary>
    public void Serve(EpollEvents events, byte[] buffer)
    {
        if ((events & EpollEvents.Write) != 0)
            SendUnsent();
        if ((events & EpollEvents.Read) != 0)
            Receive(buffer);
        else
            Take(default);
    }

    /// <summary>Sends the event for which this connection waits.</summary>
    public void Give(RuntimeEvent next) => SendAwaited(
        RuntimeResponseWriter.MaxEventHeadBytes(next), next.Payload, (responses, next), static (state, head) => state.responses.WriteEvent(state.next, head));

    public void Close()
    {
        Answer? broken;
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            (broken, _answer) = (_answer, null);
            loop.Remove(this);
            socket.Dispose();
        }

        owner.Closed(this);
        session.Forget(this);
        if (broken is not null)
            session.CompleteAnswer(RuntimeApiEndpoint.Truncated(broken.RequestId));
    }

    void Receive(byte[] buffer)
    {
        try
        {
            var answer = _answer;
            var target = answer is null ? buffer : answer.Rest;
            var count = socket.Receive(target, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.Interrupted)
                return;
            if (error != SocketError.Success || count == 0)
            {
                Close();
                return;
            }

            if (answer is null)
            {
                Take(buffer.AsSpan(0, count));
                return;
            }

            answer.Received += count;
            if (answer.IsWhole)
                Finish(hasMore: false);
        }
        catch (ObjectDisposedException)
        {
            // Closed by somebody else meanwhile.
        }
    }

    /// <summary>Goes through the bytes that were kept and those that came, request by request.</summary>
    void Take(ReadOnlySpan<byte> bytes)
    {
        if (_kept.Length > 0)
        {
            byte[] all = [.. _kept, .. bytes];
            bytes = all;
            _kept = [];
        }

        while (!bytes.IsEmpty && !TryKeepWhileWaiting(bytes))
        {
            var head = RuntimeRequestHead.Read(bytes);
            switch (head.Kind)
            {
                case RuntimeRequestKind.Next:
                    bytes = bytes[head.Length..];
                    Poll();
                    break;
                case RuntimeRequestKind.Assignment when session.Assignment?.Take() is { } assigning:
                    bytes = bytes[head.Length..];
                    _ = AssignAsync(assigning);
                    break;
                case RuntimeRequestKind.Response or RuntimeRequestKind.Error when Begin(head):
                    bytes = Fill(bytes[head.Length..]);
                    break;
                case RuntimeRequestKind.Incomplete:
                    PayAcceptance();
                    _kept = bytes.ToArray();
                    return;
                default:
                    PayAcceptance();
                    HandOver(bytes);
                    return;
            }
        }

        PayAcceptance();
    }

    /// <summary>What comes before the event that is waited for belongs to the request after it.</summary>
    bool TryKeepWhileWaiting(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_closed)
                return true;
            if (!_waiting)
                return false;
            if (bytes.Length <= MaxKeptBytes)
            {
                _kept = bytes.ToArray();
                return true;
            }
        }

        Close();
        return true;
    }

    void Poll()
    {
        lock (_gate)
            _waiting = true;
        if (session.Poll(this) is { } current)
            Give(current);
    }

    async Task AssignAsync(Task<ReadOnlyMemory<byte>> assigning)
    {
        lock (_gate)
            _waiting = true;
        var assignment = await assigning;
        SendAwaited(RuntimeResponseWriter.HeadBytes, assignment, (responses, assignment.Length),
            static (state, head) => state.responses.WriteAssignment(state.Length, head));
    }

    /// <summary>A connection that is closed gets nothing: the runtime's next poll gets the event.</summary>
    void SendAwaited<TState>(int headBytes, ReadOnlyMemory<byte> payload, TState state, WriteHead<TState> writeHead)
    {
        bool resume;
        lock (_gate)
        {
            if (_closed)
                return;
            _waiting = false;
            SendLocked(headBytes, payload, state, writeHead);
            resume = _kept.Length > 0;
        }

        if (resume)
            loop.Resume(this);
    }

    /// <summary>Begins an answer; false when it is refused, which the web server says.</summary>
    bool Begin(RuntimeRequestHead head)
    {
        var isError = head.Kind == RuntimeRequestKind.Error;
        var id = Encoding.ASCII.GetString(head.RequestId);
        var state = isError ? RuntimeState.InvocationErrorResponse : RuntimeState.InvocationResponse;
        if (session.BeginAnswer(id, state) is not null)
            return false;
        var answer = new Answer(
            id, isError, TextOf(head.ContentType), isError ? TextOf(head.ErrorType) : "", GC.AllocateUninitializedArray<byte>(head.ContentLength));
        lock (_gate)
        {
            if (!_closed)
            {
                _answer = answer;
                return true;
            }
        }

        session.CompleteAnswer(RuntimeApiEndpoint.Truncated(id));
        return true;
    }

    /// <summary>Takes of the body what is here; what is left after it.</summary>
    ReadOnlySpan<byte> Fill(ReadOnlySpan<byte> bytes)
    {
        if (_answer is not { } answer)
            return default;
        var count = Math.Min(bytes.Length, answer.Rest.Length);
        bytes[..count].CopyTo(answer.Rest);
        answer.Received += count;
        bytes = bytes[count..];
        if (answer.IsWhole)
            Finish(hasMore: !bytes.IsEmpty);
        return bytes;
    }

    static string TextOf(ReadOnlySpan<byte> value) =>
        value.IsEmpty ? "" : value.SequenceEqual("application/json"u8) ? "application/json" : Encoding.ASCII.GetString(value);

    /// <param name="hasMore">Whether the runtime has sent its next request already. If not it waits to be told that it may.</param>
    void Finish(bool hasMore)
    {
        Answer? answer;
        lock (_gate)
        {
            (answer, _answer) = (_answer, null);
            _owesAcceptance = answer is not null && !_closed;
        }

        if (answer is null)
            return;
        // First: while the answer is passed on the runtime gets ready for the next event.
        if (!hasMore)
            PayAcceptance();
        session.CompleteAnswer(answer.ToRuntimeAnswer());
    }

    /// <summary>
    /// Says that an answer was taken. It is owed for a moment: a runtime that has polled already gets it together with the next event, and
    /// is woken once.
    /// </summary>
    void PayAcceptance()
    {
        lock (_gate)
        {
            if (_owesAcceptance && !_waiting && !_closed)
                SendLocked(0, default, this, static (_, _) => 0);
        }
    }

    void HandOver(ReadOnlySpan<byte> bytes)
    {
        bool hasUnsent;
        lock (_gate)
        {
            if (_closed)
                return;
            hasUnsent = !_unsent.IsEmpty;
            if (!hasUnsent)
            {
                _closed = true;
                loop.Release(this);
            }
        }

        // Whoever has not read what it asked for has no further question.
        if (hasUnsent)
            Close();
        else
            owner.HandOver(this, socket, bytes);
    }

    void SendLocked<TState>(int headBytes, ReadOnlyMemory<byte> payload, TState state, WriteHead<TState> writeHead)
    {
        var isShort = payload.Length <= SentWithHead;
        var buffer = ArrayPool<byte>.Shared.Rent(RuntimeResponseWriter.HeadBytes + headBytes + (isShort ? payload.Length : 0));
        var length = _owesAcceptance ? responses.WriteAccepted(buffer) : 0;
        _owesAcceptance = false;
        length += writeHead(state, buffer.AsSpan(length));
        if (isShort)
        {
            payload.Span.CopyTo(buffer.AsSpan(length));
            length += payload.Length;
        }

        SendOrKeepLocked(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        if (!isShort)
            SendOrKeepLocked(payload.Span);
    }

    /// <summary>What is kept is a copy: whoever gave it may use its memory for another as soon as the invocation is over.</summary>
    void SendOrKeepLocked(ReadOnlySpan<byte> bytes)
    {
        var sent = _unsent.IsEmpty ? Send(bytes) : 0;
        if (sent == bytes.Length)
            return;
        if (_unsent.IsEmpty)
            loop.WatchWrites(this, on: true);
        byte[] all = [.. _unsent.Span, .. bytes[sent..]];
        _unsent = all;
    }

    /// <summary>How many bytes were taken. A broken connection takes all: the loop hears of it and closes.</summary>
    int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            var count = socket.Send(bytes[sent..], SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return sent;
            if (error is not (SocketError.Success or SocketError.Interrupted))
                return bytes.Length;
            sent += count;
        }

        return sent;
    }

    void SendUnsent()
    {
        lock (_gate)
        {
            if (_closed || _unsent.IsEmpty)
                return;
            _unsent = _unsent[Send(_unsent.Span)..];
            if (_unsent.IsEmpty)
                loop.WatchWrites(this, on: false);
        }
    }

    delegate int WriteHead<in TState>(TState state, Span<byte> head);

    /// <summary>A response or an error that is coming in.</summary>
    sealed record Answer(string RequestId, bool IsError, string ContentType, string ErrorType, byte[] Body)
    {
        public int Received { get; set; }

        public bool IsWhole => Received == Body.Length;

        public Span<byte> Rest => Body.AsSpan(Received);

        public RuntimeAnswer ToRuntimeAnswer() => IsError
            ? RuntimeApiEndpoint.ErrorAnswer(Body, ContentType, ErrorType)
            : new RuntimeAnswer(RuntimeAnswerKind.Response, Body, ContentType.Length > 0 ? ContentType : "application/json", null);
    }
}

/// <summary>Who accepted a connection, and answers for it.</summary>
interface IRuntimeConnectionOwner
{
    void Closed(RuntimeConnection connection);

    /// <summary>The web server's from now on, beginning with bytes that were read already.</summary>
    void HandOver(RuntimeConnection connection, Socket socket, ReadOnlySpan<byte> bytes);
}

/// <summary>A <c>next</c> call that waits.</summary>
interface IRuntimePoll
{
    void Give(RuntimeEvent next);
}
