using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Pilotlight.Sandbox;

/// <summary>The control group of one running sandbox, by descriptors that stay open: reading a number is one system call.</summary>
sealed unsafe class ControlGroup : IDisposable
{
    readonly bool _isUnified;
    readonly ControlGroupLayout _layout;
    readonly string _path;
    readonly SafeFileHandle? _freezer;
    readonly SafeFileHandle? _memory;
    readonly SafeFileHandle? _peak;
    readonly SafeFileHandle? _events;
    readonly SafeFileHandle? _processor;
    long _seenPeak;
    long _peakAtReset;

    ControlGroup(ControlGroupLayout layout, string path)
    {
        (_layout, _path) = (layout, path);
        _isUnified = layout.IsUnified;
        if (_isUnified)
        {
            var folder = layout.Version2 + path;
            _freezer = Open(folder, "cgroup.freeze", Posix.O_WRONLY);
            _memory = Open(folder, "memory.current", Posix.O_RDONLY);
            _peak = Open(folder, "memory.peak", Posix.O_RDWR) ?? Open(folder, "memory.peak", Posix.O_RDONLY);
            _events = Open(folder, "memory.events", Posix.O_RDONLY);
            _processor = Open(folder, "cpu.stat", Posix.O_RDONLY);
            return;
        }
        _freezer = Open(layout.Version1.GetValueOrDefault("freezer") + path, "freezer.state", Posix.O_WRONLY);
        var memory = layout.Version1.GetValueOrDefault("memory") + path;
        _memory = Open(memory, "memory.usage_in_bytes", Posix.O_RDONLY);
        _peak = Open(memory, "memory.max_usage_in_bytes", Posix.O_RDWR);
        _events = Open(memory, "memory.oom_control", Posix.O_RDONLY);
        _processor = Open(layout.Version1.GetValueOrDefault("cpuacct") + path, "cpuacct.usage", Posix.O_RDONLY);
    }

    /// <param name="path">From the root of every hierarchy, with a leading slash.</param>
    public static ControlGroup Open(ControlGroupLayout layout, string path) => new(layout, path);

    public bool CanFreeze => _freezer is not null;

    public bool MeasuresMemory => _memory is not null;

    public void Freeze() => Write(_freezer, _isUnified ? "1"u8 : "FROZEN"u8);

    public void Thaw() => Write(_freezer, _isUnified ? "0"u8 : "THAWED"u8);

    /// <summary>Replaces the limits with which the group was made.</summary>
    /// <exception cref="SandboxException">The kernel refused one.</exception>
    public void SetLimits(SandboxAssignment assignment) => ControlGroupLimits.Write(_layout, _path, assignment);

    public MemoryUsage ReadMemory()
    {
        var current = ReadNumber(_memory);
        var peak = ReadNumber(_peak);
        // Before Linux 6.12 the peak of version 2 cannot be reset: then it counts from the reset on only if it has grown since.
        var seen = Math.Max(Volatile.Read(ref _seenPeak), current);
        Volatile.Write(ref _seenPeak, seen);
        if (peak <= Volatile.Read(ref _peakAtReset))
            peak = seen;
        return new(current, Math.Max(peak, current), ReadNumber(_events, "oom_kill "u8));
    }

    /// <summary>One read of one file, where the peak of <see cref="ReadMemory"/> needs no more.</summary>
    public long ReadPeakMemory()
    {
        var peak = ReadNumber(_peak);
        return peak > Volatile.Read(ref _peakAtReset) ? peak : ReadMemory().PeakBytes;
    }

    public void ResetPeakMemory()
    {
        Volatile.Write(ref _seenPeak, 0);
        Volatile.Write(ref _peakAtReset, Write(_peak, _isUnified ? "reset"u8 : "0"u8) ? 0 : ReadNumber(_peak));
    }

    public TimeSpan ReadCpuTime() => _isUnified
        ? TimeSpan.FromMicroseconds(ReadNumber(_processor, "usage_usec "u8))
        : TimeSpan.FromTicks(ReadNumber(_processor) / TimeSpan.NanosecondsPerTick);

    public void Dispose()
    {
        _freezer?.Dispose();
        _memory?.Dispose();
        _peak?.Dispose();
        _events?.Dispose();
        _processor?.Dispose();
    }

    static SafeFileHandle? Open(string folder, string file, int flags) => Posix.TryOpen(Path.Combine(folder, file), flags);

    static bool Write(SafeFileHandle? file, ReadOnlySpan<byte> text)
    {
        if (file is null)
            return false;
        try
        {
            fixed (byte* start = text)
                return Posix.pwrite(file, start, (nuint)text.Length, 0) == text.Length;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>The number after <paramref name="label"/>, or 0 when the group is gone.</summary>
    static long ReadNumber(SafeFileHandle? file, ReadOnlySpan<byte> label = default)
    {
        if (file is null)
            return 0;
        var buffer = stackalloc byte[1024];
        nint count;
        try
        {
            count = Posix.pread(file, buffer, 1024, 0);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
        var text = new ReadOnlySpan<byte>(buffer, (int)Math.Max(count, 0));
        if (!label.IsEmpty)
        {
            // At the start of a line: oom_kill must not be found in oom_kill_disable or in group_oom_kill.
            var at = text.StartsWith(label) ? 0 : text.IndexOf([(byte)'\n', .. label]) + 1;
            if (at == 0 && !text.StartsWith(label))
                return 0;
            text = text[(at + label.Length)..];
        }
        return Utf8Parser.TryParse(text, out long value, out _) ? value : 0;
    }
}
