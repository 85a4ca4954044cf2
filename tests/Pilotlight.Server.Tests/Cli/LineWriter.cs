using System.Text;
using System.Threading.Channels;

namespace Pilotlight.Tests.Cli;

/// <summary>Hands over what is written to it line by line, so that a test can wait for the next one.</summary>
sealed class LineWriter : TextWriter
{
    readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public override Encoding Encoding => Encoding.UTF8;

    public ValueTask<string> ReadAsync() => _lines.Reader.ReadAsync();

    public override void Write(char value) => throw new NotSupportedException("whole lines only");

    public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");
}
