using System.Buffers;

namespace Pilotlight.Authentication;

/// <summary>The query as it is signed: encoded one way, sorted by name and then value, without the signature itself.</summary>
static class CanonicalQuery
{
    static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    public static void Write(ref ByteBuffer to, ReadOnlySpan<char> query)
    {
        if (query.IsEmpty)
            return;
        if (!query.Contains('&'))
        {
            WritePair(ref to, query);
            return;
        }

        var encoded = new ByteBuffer(stackalloc byte[512]);
        try
        {
            var pairs = new List<Pair>();
            foreach (var part in query.Split('&'))
            {
                if (WritePair(ref encoded, query[part]) is { } pair)
                    pairs.Add(pair);
            }

            var bytes = encoded.Written.ToArray();
            pairs.Sort((left, right) => left.CompareTo(right, bytes));
            for (var i = 0; i < pairs.Count; i++)
            {
                if (i > 0)
                    to.Append((byte)'&');
                to.Append(pairs[i].In(bytes));
            }
        }
        finally
        {
            encoded.Dispose();
        }
    }

    /// <summary>Writes <c>name=value</c>; null when nothing of the pair is signed.</summary>
    static Pair? WritePair(ref ByteBuffer to, ReadOnlySpan<char> pair)
    {
        if (pair.IsEmpty)
            return null;
        var start = to.Length;
        var equals = pair.IndexOf('=');
        to.AppendReencoded(equals < 0 ? pair : pair[..equals], Unreserved, plus: (byte)' ');
        var name = to.Length;
        if (to.Written[start..].SequenceEqual("X-Amz-Signature"u8))
        {
            to.Truncate(start);
            return null;
        }

        to.Append((byte)'=');
        if (equals >= 0)
            to.AppendReencoded(pair[(equals + 1)..], Unreserved, plus: (byte)' ');
        return new Pair(start, name, to.Length);
    }

    readonly record struct Pair(int Start, int NameEnd, int End)
    {
        public ReadOnlySpan<byte> In(byte[] bytes) => bytes.AsSpan(Start..End);

        public int CompareTo(Pair other, byte[] bytes)
        {
            // Names first: "=" sorts after "-" and digits, so comparing whole pairs would be wrong.
            var names = bytes.AsSpan(Start..NameEnd).SequenceCompareTo(bytes.AsSpan(other.Start..other.NameEnd));
            return names != 0 ? names : bytes.AsSpan(NameEnd..End).SequenceCompareTo(bytes.AsSpan(other.NameEnd..other.End));
        }
    }
}
