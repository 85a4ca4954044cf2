using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Pilotlight.Authentication;

/// <summary>Settings of the section <c>Authentication</c>.</summary>
public sealed class AuthenticationOptions
{
    /// <summary>Signatures that an address may fail in a minute before it has to wait; 0 for no limit.</summary>
    public int FailuresPerMinute { get; set; } = 60;
}

/// <summary>
/// Counts refused signatures, and makes an address wait that fails too often: guessing, or a program gone wrong. Addresses of this
/// machine never wait: behind a proxy everybody has one of them.
/// </summary>
public sealed class FailedSignatures(AuthenticationOptions options, TimeProvider time)
{
    const int MaxRemembered = 16 * 1024;

    readonly ConcurrentDictionary<IPAddress, Failures> _failures = new();
    long _total;
    long _turnedAway;

    public long Total => Interlocked.Read(ref _total);

    internal int Remembered => _failures.Count;

    public long TurnedAway => Interlocked.Read(ref _turnedAway);

    /// <summary>Whether a request of this address is not even looked at.</summary>
    public bool TurnsAway(IPAddress? source)
    {
        if (_failures.IsEmpty || options.FailuresPerMinute == 0 || Key(source) is not { } key)
            return false;
        if (!_failures.TryGetValue(key, out var failures) || failures.LeftAt(Now, options.FailuresPerMinute) >= 1)
            return false;
        Interlocked.Increment(ref _turnedAway);
        return true;
    }

    public void Count(IPAddress? source)
    {
        Interlocked.Increment(ref _total);
        if (options.FailuresPerMinute == 0 || Key(source) is not { } key)
            return;
        if (_failures.Count >= MaxRemembered)
            Forget();
        _failures.GetOrAdd(key, static (_, limit) => new Failures(limit), options.FailuresPerMinute).Take(Now, options.FailuresPerMinute);
    }

    double Now => time.GetTimestamp() / (double)time.TimestampFrequency;

    /// <summary>Those whose allowance is whole again. When nobody's is, everybody's history: strangers must not fill the memory.</summary>
    void Forget()
    {
        foreach (var (address, failures) in _failures)
        {
            if (failures.LeftAt(Now, options.FailuresPerMinute) >= options.FailuresPerMinute)
                _failures.TryRemove(address, out _);
        }

        if (_failures.Count >= MaxRemembered)
            _failures.Clear();
    }

    /// <summary>An IPv6 host has a whole /64 of addresses to fail from.</summary>
    static IPAddress? Key(IPAddress? source)
    {
        if (source is null || IPAddress.IsLoopback(source))
            return null;
        if (source.IsIPv4MappedToIPv6)
            return Key(source.MapToIPv4());
        if (source.AddressFamily != AddressFamily.InterNetworkV6)
            return source;
        Span<byte> bytes = stackalloc byte[16];
        source.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>A bucket that fills up with the minute.</summary>
    sealed class Failures(double left)
    {
        readonly Lock _gate = new();
        double _left = left;
        double? _at;

        public double LeftAt(double now, int perMinute)
        {
            lock (_gate)
            {
                _left = Math.Min(perMinute, _left + (now - (_at ?? now)) * perMinute / 60);
                _at = now;
                return _left;
            }
        }

        public void Take(double now, int perMinute)
        {
            lock (_gate)
                _left = Math.Max(0, LeftAt(now, perMinute) - 1);
        }
    }
}
