using System.Text;
using System.Text.Json;

namespace Pilotlight.Cli;

/// <summary>The EVENT of <c>run</c> and <c>invoke</c>: JSON as it stands, <c>@FILE</c>, or <c>-</c> for standard input.</summary>
static class EventArgument
{
    public static async Task<byte[]> ReadAsync(string? argument, Stream standardInput, CancellationToken cancellation)
    {
        if (argument is null)
            return "{}"u8.ToArray();
        byte[] bytes;
        string source;
        if (argument == "-")
        {
            using var buffer = new MemoryStream();
            await standardInput.CopyToAsync(buffer, cancellation);
            (bytes, source) = (buffer.ToArray(), "the event on standard input");
        }
        else if (argument.StartsWith('@'))
        {
            (bytes, source) = (await ReadFileAsync(argument[1..], cancellation), argument[1..]);
        }
        else
        {
            (bytes, source) = (Encoding.UTF8.GetBytes(argument), "the event");
        }

        Check(bytes, source);
        return bytes;
    }

    static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CliException.Usage($"cannot read the event from '{path}': {unreadable.Message}");
        }
    }

    /// <summary>The platform would refuse it too, but only after a start, and without a word on quoting.</summary>
    static void Check(byte[] bytes, string source)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 1000 });
            while (reader.Read())
            {
            }
        }
        catch (JsonException invalid)
        {
            throw CliException.Usage(
                $"{source} is not JSON (line {invalid.LineNumber + 1}, byte {invalid.BytePositionInLine + 1})",
                """quote it for the shell: '{"name":"Ada"}', or give @event.json, or - to read it from standard input""");
        }
    }
}
