using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Pilotlight.RuntimeApi;

/// <summary>The few responses of the Runtime API that are sent all day, as bytes of HTTP/1.1.</summary>
sealed class RuntimeResponseWriter(TimeProvider time)
{
    /// <summary>Enough for everything but the values of <see cref="WriteEvent"/>.</summary>
    public const int HeadBytes = 512;

    DateLine _date = new(0, []);

    /// <summary>An answer was taken.</summary>
    public int WriteAccepted(Span<byte> target)
    {
        var writer = new Writer(target);
        writer.Put("HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\nContent-Type: application/json\r\n"u8);
        writer.Put(Date());
        writer.Put("\r\n{\"status\":\"OK\"}\n"u8);
        return writer.Written;
    }

    /// <summary>How many bytes <see cref="WriteEvent"/> takes at most.</summary>
    public static int MaxEventHeadBytes(RuntimeEvent next) => HeadBytes + next.ContentType.Length + next.RequestId.Length + next.InvokedFunctionArn.Length
        + (next.TraceId?.Length ?? 0) + (next.ClientContext?.Length ?? 0) + (next.CognitoIdentity?.Length ?? 0);

    /// <summary>The head of the event that a <c>next</c> call gets; the payload follows it.</summary>
    public int WriteEvent(RuntimeEvent next, Span<byte> target)
    {
        var writer = new Writer(target);
        Begin(ref writer, next.Payload.Length);
        writer.Header("Content-Type: "u8, next.ContentType);
        writer.Header("Lambda-Runtime-Aws-Request-Id: "u8, next.RequestId);
        writer.Put("Lambda-Runtime-Deadline-Ms: "u8);
        writer.Put(next.DeadlineUnixMilliseconds);
        writer.Put("\r\n"u8);
        writer.Header("Lambda-Runtime-Invoked-Function-Arn: "u8, next.InvokedFunctionArn);
        writer.Header("Lambda-Runtime-Trace-Id: "u8, next.TraceId);
        writer.Header("Lambda-Runtime-Client-Context: "u8, next.ClientContext);
        writer.Header("Lambda-Runtime-Cognito-Identity: "u8, next.CognitoIdentity);
        writer.Put("\r\n"u8);
        return writer.Written;
    }

    /// <summary>The head of what a runtime that was started ahead of need is told; <paramref name="length"/> bytes follow it.</summary>
    public int WriteAssignment(int length, Span<byte> target)
    {
        var writer = new Writer(target);
        Begin(ref writer, length);
        writer.Put("Content-Type: application/json\r\n\r\n"u8);
        return writer.Written;
    }

    void Begin(ref Writer writer, int length)
    {
        writer.Put("HTTP/1.1 200 OK\r\nContent-Length: "u8);
        writer.Put(length);
        writer.Put("\r\n"u8);
        writer.Put(Date());
    }

    /// <summary>The line, made once a second.</summary>
    byte[] Date()
    {
        var now = time.GetUtcNow();
        var second = now.ToUnixTimeSeconds();
        var date = Volatile.Read(ref _date);
        if (date.Second != second)
            Volatile.Write(ref _date, date = new DateLine(second, Encoding.ASCII.GetBytes($"Date: {now.ToString("R", CultureInfo.InvariantCulture)}\r\n")));
        return date.Text;
    }

    sealed record DateLine(long Second, byte[] Text);

    ref struct Writer(Span<byte> target)
    {
        readonly Span<byte> _target = target;

        public int Written { get; private set; }

        public void Put(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_target[Written..]);
            Written += bytes.Length;
        }

        public void Put(long number)
        {
            _ = Utf8Formatter.TryFormat(number, _target[Written..], out var length);
            Written += length;
        }

        /// <summary>What came with the invocation cannot end the line: whatever is not printable ASCII becomes a question mark.</summary>
        public void Header(ReadOnlySpan<byte> nameAndColon, string? value)
        {
            if (string.IsNullOrEmpty(value))
                return;
            Put(nameAndColon);
            foreach (var character in value)
                _target[Written++] = character is >= ' ' and <= '~' ? (byte)character : (byte)'?';
            Put("\r\n"u8);
        }
    }
}
