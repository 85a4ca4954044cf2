using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pilotlight.Load;

/// <summary>One keep-alive connection that sends the same bytes again and again and reads whole answers; no HTTP client in the way.</summary>
sealed class RawClient : IDisposable
{
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly byte[] _buffer = new byte[256 * 1024];

    /// <summary>Bodies of good answers are handed out too when they are long.</summary>
    public bool KeepsBodies { get; init; }

    public RawClient(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>Sends and waits for the answer; returns its status.</summary>
    public int Exchange(byte[] request) => Exchange(request, out _);

    public int Exchange(byte[] request, out string body)
    {
        _socket.Send(request);
        var have = 0;
        var head = -1;
        var length = 0;
        while (true)
        {
            var read = _socket.Receive(_buffer, have, _buffer.Length - have, SocketFlags.None);
            if (read == 0)
                throw new IOException("The server closed the connection.");
            have += read;
            if (head < 0)
            {
                head = _buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
                if (head < 0)
                    continue;
                length = ContentLength(_buffer.AsSpan(0, head));
            }

            if (have < head + 4 + length)
                continue;
            body = "";
            if (KeepsBodies || _buffer[9] != '2' || length < 200)
                body = Encoding.UTF8.GetString(_buffer, head + 4, length);
            return (_buffer[9] - '0') * 100 + (_buffer[10] - '0') * 10 + _buffer[11] - '0';
        }
    }

    static int ContentLength(ReadOnlySpan<byte> head)
    {
        var text = Encoding.ASCII.GetString(head);
        var at = text.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return 0;
        var end = text.IndexOf('\r', at);
        return int.Parse(text.AsSpan(at + 15, (end < 0 ? text.Length : end) - at - 15).Trim());
    }

    public void Dispose() => _socket.Dispose();
}
