using System.Text;

namespace Pilotlight.RuntimeSupport;

/// <summary>Console.Out or Console.Error of the function: WriteLine is a log message, Write is text as it is.</summary>
sealed class ConsoleWriter(FunctionLog log, int stream, LogLevel level) : TextWriter
{
    const int LongestUnwritten = 16 << 10;

    readonly StringBuilder _unwritten = new();

    public override Encoding Encoding => Encoding.UTF8;

    // Every overload of Write ends in one of these three.
    public override void Write(char value)
    {
        lock (_unwritten)
        {
            _unwritten.Append(value);
            if (value == '\n' || _unwritten.Length >= LongestUnwritten) Flush();
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (value is null) return;
        lock (_unwritten)
        {
            _unwritten.Append(value);
            if (value.Contains('\n') || _unwritten.Length >= LongestUnwritten) Flush();
        }
    }

    public override void Flush()
    {
        lock (_unwritten)
        {
            if (_unwritten.Length == 0) return;
            log.EmitRaw(stream, _unwritten.ToString());
            _unwritten.Clear();
        }
    }

    // And every overload of WriteLine in one of these.
    public override void WriteLine() => Line("");

    public override void WriteLine(string? value) => Line(value ?? "");

    public override void WriteLine(char value) => Line(value.ToString());

    public override void WriteLine(char[]? buffer) => Line(new string(buffer ?? []));

    public override void WriteLine(char[] buffer, int index, int count) => Line(new string(buffer, index, count));

    public override void WriteLine(ReadOnlySpan<char> buffer) => Line(new string(buffer));

    public override void WriteLine(StringBuilder? value) => Line(value?.ToString() ?? "");

    public override void WriteLine(object? value) => Line((value is IFormattable formattable ? formattable.ToString(null, FormatProvider) : value?.ToString()) ?? "");

    public override void WriteLine(bool value) => Line(value ? "True" : "False");

    public override void WriteLine(int value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(uint value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(long value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(ulong value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(float value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(double value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(decimal value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(string format, object? arg0) => Line(string.Format(FormatProvider, format, arg0));

    public override void WriteLine(string format, object? arg0, object? arg1) => Line(string.Format(FormatProvider, format, arg0, arg1));

    public override void WriteLine(string format, object? arg0, object? arg1, object? arg2) => Line(string.Format(FormatProvider, format, arg0, arg1, arg2));

    public override void WriteLine(string format, params object?[] arg) => Line(string.Format(FormatProvider, format, arg));

    public override Task WriteLineAsync() => Done("");

    public override Task WriteLineAsync(char value) => Done(value.ToString());

    public override Task WriteLineAsync(string? value) => Done(value ?? "");

    public override Task WriteLineAsync(char[] buffer, int index, int count) => Done(new string(buffer, index, count));

    public override Task WriteLineAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => Done(new string(buffer.Span));

    public override Task WriteLineAsync(StringBuilder? value, CancellationToken cancellationToken = default) => Done(value?.ToString() ?? "");

    Task Done(string text)
    {
        Line(text);
        return Task.CompletedTask;
    }

    void Line(string text)
    {
        lock (_unwritten)
        {
            Flush();
            log.Write(stream, level.ToString(), null, text, []);
        }
    }
}
