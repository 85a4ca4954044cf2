using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Pilotlight.RuntimeSupport;

/// <summary>Amazon.Lambda.Core's levels, under its names and numbers.</summary>
enum LogLevel { Trace, Debug, Information, Warning, Error, Critical }

/// <summary>
/// Where all text of the function goes: formatted as AWS's runtime does, and framed on the platform's descriptor when there is one, so that a
/// message of several lines stays one event; lines on the standard streams when not.
/// </summary>
sealed class FunctionLog
{
    const string DescriptorVariable = "_LAMBDA_TELEMETRY_LOG_FD";
    const uint FrameText = 0xA55A0003, FrameJson = 0xA55A0002;

    readonly object _gate = new();
    readonly int _frames;
    readonly LogLevel _least;
    readonly bool _isJson;
    readonly bool _isPrefixed;
    volatile Invocation? _invocation;

    FunctionLog(int frames, LogLevel least, bool isJson, bool isPrefixed)
    {
        _frames = frames;
        _least = least;
        _isJson = isJson;
        _isPrefixed = isPrefixed;
        Output = new ConsoleWriter(this, 1, LogLevel.Information);
        Errors = new ConsoleWriter(this, 2, LogLevel.Error);
    }

    public ConsoleWriter Output { get; }

    ConsoleWriter Errors { get; }

    /// <summary>Takes over the console, and takes the descriptor's variable out of the function's sight.</summary>
    public static FunctionLog Open()
    {
        var descriptor = int.TryParse(Environment.GetEnvironmentVariable(DescriptorVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        Environment.SetEnvironmentVariable(DescriptorVariable, null);
        var level = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_LEVEL") ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_LEVEL");
        var format = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_FORMAT");
        var isPrefixed = !Is(Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_FORMAT"), "Unformatted");
        var log = new FunctionLog(descriptor, Level(level) ?? LogLevel.Information, Is(format, "JSON"), isPrefixed);
        Console.SetOut(log.Output);
        Console.SetError(log.Errors);
        return log;
    }

    /// <summary>One whose text goes nowhere.</summary>
    public static FunctionLog Silent() => new(Libc.OpenNowhere(), LogLevel.Information, false, true);

    public void Begin(Invocation invocation) => _invocation = invocation;

    /// <summary>Writes out what a Console.Write without a line end has left; before the response, so that it belongs to the invocation.</summary>
    public void Flush()
    {
        Output.Flush();
        Errors.Flush();
    }

    public void WriteRaw(string text) => Output.Write(text);

    /// <summary>One message. A level that is no level of ours is shown as it is and not filtered, as at AWS; none is not shown.</summary>
    public void Write(string? level, Exception? exception, string? message, object?[] arguments) => Write(1, level, exception, message, arguments);

    public void Write(int stream, string? level, Exception? exception, string? message, object?[] arguments)
    {
        var known = Level(level);
        if (known < _least) return;
        var template = new MessageTemplate(message ?? "", arguments);
        var text = _isJson ? JsonRecord.Write(known ?? LogLevel.Information, _invocation, template, exception) : Text(known, level, template, exception);
        // What was written before without a line end comes first.
        (stream == 1 ? Output : Errors).Flush();
        lock (_gate) Emit(stream, text + "\n", known);
    }

    /// <summary>Text as it is, without a format.</summary>
    public void EmitRaw(int stream, string text)
    {
        lock (_gate) Emit(stream, text, null);
    }

    string Text(LogLevel? known, string? level, MessageTemplate template, Exception? exception)
    {
        var message = template.Text();
        if (exception is not null) message = message.Length > 0 ? $"{message}\n{exception}" : exception.ToString();
        if (!_isPrefixed) return message;
        var label = known is { } value ? Label(value) : level;
        var prefix = $"{DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}\t{_invocation?.RequestId}\t";
        return string.IsNullOrEmpty(label) ? prefix + message : $"{prefix}{label}\t{message}";
    }

    void Emit(int stream, string text, LogLevel? level)
    {
        var length = Encoding.UTF8.GetMaxByteCount(text.Length);
        var frame = new byte[16 + length];
        length = Encoding.UTF8.GetBytes(text, frame.AsSpan(16));
        try
        {
            if (_frames < 0)
            {
                Libc.WriteAll(stream, frame.AsSpan(16, length));
                return;
            }
            var code = level is { } known ? (uint)known + 1 : 0;
            BinaryPrimitives.WriteUInt32BigEndian(frame, (_isJson ? FrameJson : FrameText) | code << 2);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), length);
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(8), (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            Libc.WriteAll(_frames, frame.AsSpan(0, 16 + length));
        }
        catch (IOException)
        {
            // A log that cannot be written must not fail the function.
        }
    }

    static LogLevel? Level(string? name) => name?.ToUpperInvariant() switch
    {
        "TRACE" => LogLevel.Trace,
        "DEBUG" => LogLevel.Debug,
        "INFO" or "INFORMATION" => LogLevel.Information,
        "WARN" or "WARNING" => LogLevel.Warning,
        "ERROR" => LogLevel.Error,
        "FATAL" or "CRITICAL" => LogLevel.Critical,
        _ => null,
    };

    static string Label(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };

    static bool Is(string? value, string expected) => string.Equals(value, expected, StringComparison.OrdinalIgnoreCase);
}
