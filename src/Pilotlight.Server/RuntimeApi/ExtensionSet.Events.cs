using System.Buffers;
using System.Text.Json;

namespace Pilotlight.RuntimeApi;

/// <summary>INVOKE and SHUTDOWN.</summary>
public sealed partial class ExtensionSet
{
    /// <summary>
    /// Hands an event to every extension that wants INVOKE; completes when the last of them asks for the next, or with what
    /// <see cref="Interrupt"/> says. Null when none wants it. The environment must be idle.
    /// </summary>
    public Task<RuntimeReadiness>? Deliver(RuntimeEvent runtimeEvent)
    {
        List<(TaskCompletionSource<ExtensionEvent> Poll, ExtensionEvent Event)> polls = [];
        TaskCompletionSource<RuntimeReadiness> done;
        lock (_gate)
        {
            byte[]? body = null;
            foreach (var extension in _all)
            {
                if (!extension.Wants("INVOKE") || extension.State != ExtensionState.Ready)
                    continue;
                body ??= InvokeEvent(runtimeEvent);
                HandOverLocked(extension, new ExtensionEvent(body, $"{Guid.NewGuid():D}"), polls);
            }

            if (body is null)
                return null;
            _done = done = new TaskCompletionSource<RuntimeReadiness>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        foreach (var (poll, happening) in polls)
            poll.TrySetResult(happening);
        return done.Task;
    }

    /// <summary>Whoever waits for the extensions to be done is told why not.</summary>
    internal void Interrupt(RuntimeReadiness reason)
    {
        TaskCompletionSource<RuntimeReadiness>? done;
        lock (_gate)
            (done, _done) = (_done, null);
        done?.TrySetResult(reason);
    }

    /// <summary>From here on an extension that ends does what it should.</summary>
    public void BeginShutdown()
    {
        lock (_gate)
            _shuttingDown = true;
    }

    /// <summary>Sends SHUTDOWN to the external extensions that want it; the others are returned.</summary>
    public IReadOnlyList<Extension> DeliverShutdown(ShutdownReason reason, DateTimeOffset deadline)
    {
        List<(TaskCompletionSource<ExtensionEvent> Poll, ExtensionEvent Event)> polls = [];
        List<Extension> unwilling = [];
        lock (_gate)
        {
            var shutdown = new ExtensionEvent(ShutdownEvent(reason, deadline), null);
            foreach (var extension in _all)
            {
                if (extension.Kind != ExtensionKind.External || extension.HasExited)
                    continue;
                if (extension.Wants("SHUTDOWN"))
                    HandOverLocked(extension, shutdown, polls);
                else
                    unwilling.Add(extension);
            }
        }

        foreach (var (poll, happening) in polls)
            poll.TrySetResult(happening);
        return unwilling;
    }

    /// <summary>An extension that still works on an invocation gets it with its next <c>event/next</c>.</summary>
    static void HandOverLocked(Extension extension, ExtensionEvent happening, List<(TaskCompletionSource<ExtensionEvent>, ExtensionEvent)> polls)
    {
        if (extension.State is not (ExtensionState.Ready or ExtensionState.Running or ExtensionState.Registered))
            return;
        extension.State = ExtensionState.Running;
        if (extension.Poll is { } poll)
        {
            extension.Poll = null;
            polls.Add((poll, happening));
        }
        else
        {
            extension.Waiting = happening;
        }
    }

    TaskCompletionSource<RuntimeReadiness>? TakeDoneLocked()
    {
        if (_done is not { } done || _all.Exists(static extension => extension.State == ExtensionState.Running))
            return null;
        _done = null;
        return done;
    }

    static byte[] InvokeEvent(RuntimeEvent runtimeEvent) => Json(json =>
    {
        json.WriteString("eventType", "INVOKE");
        json.WriteNumber("deadlineMs", runtimeEvent.DeadlineUnixMilliseconds);
        json.WriteString("requestId", runtimeEvent.RequestId);
        json.WriteString("invokedFunctionArn", runtimeEvent.InvokedFunctionArn);
        if (string.IsNullOrEmpty(runtimeEvent.TraceId))
            return;
        json.WriteStartObject("tracing");
        json.WriteString("type", "X-Amzn-Trace-Id");
        json.WriteString("value", runtimeEvent.TraceId);
        json.WriteEndObject();
    });

    static byte[] ShutdownEvent(ShutdownReason reason, DateTimeOffset deadline) => Json(json =>
    {
        json.WriteString("eventType", "SHUTDOWN");
        json.WriteNumber("deadlineMs", deadline.ToUnixTimeMilliseconds());
        json.WriteString("shutdownReason", reason switch
        {
            ShutdownReason.Timeout => "timeout",
            ShutdownReason.Failure => "failure",
            _ => "spindown",
        });
    });

    static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, TelemetryHub.Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
