using System.Buffers;

namespace Pilotlight.Buckets;

/// <summary>Reads a part of a body, whose files stand one behind the other.</summary>
sealed class BodyReader(ObjectFiles files, IReadOnlyList<BodyFile> body, ByteRange range, IDisposable lease) : IDisposable
{
    const int BufferBytes = 128 * 1024;

    FileStream? _file;
    int _next;
    long _skip = range.Start;
    long _left = range.Length;
    long _inFile;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (_left > 0)
        {
            if (_inFile == 0 && !OpenNext())
                break;
            var wanted = (int)Math.Min(buffer.Length, Math.Min(_left, _inFile));
            var read = await _file!.ReadAsync(buffer[..wanted], cancellation);
            if (read == 0)
                throw new InvalidDataException($"The file {_file.Name} is shorter than its object.");
            _inFile -= read;
            _left -= read;
            return read;
        }

        return _left == 0 ? 0 : throw new InvalidDataException("The files of a body are shorter than its object.");
    }

    public async Task CopyToAsync(Stream target, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await ReadAsync(buffer, cancellation) is > 0 and var read)
                await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        lease.Dispose();
    }

    bool OpenNext()
    {
        _file?.Dispose();
        _file = null;
        while (_next < body.Count && body[_next].Size <= _skip)
            _skip -= body[_next++].Size;
        if (_next >= body.Count)
            return false;
        var file = body[_next++];
        _file = files.OpenRead(file.Name);
        _file.Position = _skip;
        _inFile = file.Size - _skip;
        _skip = 0;
        return true;
    }
}
