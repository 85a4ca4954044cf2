using System.Net.Sockets;
using System.Text;

namespace Pilotlight.Testing;

/// <summary>A runtime's streamed answer, byte by byte on a socket of its own: what a runtime client does, and what only a hostile one would.</summary>
public sealed class FakeResponseStream : IDisposable
{
    readonly Socket _socket;
    readonly CancellationToken _killed;

    FakeResponseStream(Socket socket, CancellationToken killed) => (_socket, _killed) = (socket, killed);

    public static async Task<FakeResponseStream> OpenAsync(FakeProcessContext process, string requestId, string contentType = "text/plain")
    {
        var api = new Uri(process.RuntimeApi);
        var stream = new FakeResponseStream(await process.ConnectAsync(), process.Killed);
        await stream.SendRawAsync(
            $"POST {api.AbsolutePath}/invocation/{requestId}/response HTTP/1.1\r\nHost: {api.Authority}\r\nContent-Type: {contentType}\r\n"
            + "Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
            + "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n");
        return stream;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task WriteAsync(byte[] chunk)
    {
        await SendRawAsync($"{chunk.Length:x}\r\n");
        await SendAsync(chunk);
        await SendRawAsync("\r\n");
    }

    /// <summary>Ends the answer, with trailers when it failed, and returns the status of the platform's answer.</summary>
    public async Task<int> EndAsync(params (string Name, string Value)[] trailers)
    {
        await SendRawAsync($"0\r\n{string.Concat(trailers.Select(trailer => $"{trailer.Name}: {trailer.Value}\r\n"))}\r\n");
        return await StatusAsync();
    }

    /// <summary>The status of the platform's answer, 0 when the connection just ended.</summary>
    public async Task<int> StatusAsync()
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await _socket.ReceiveAsync(buffer, _killed);
            if (read == 0)
                return 0;
            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return int.Parse(head.ToString().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public Task SendRawAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public void Dispose() => _socket.Dispose();

    async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes, _killed)..];
    }
}
