using System.Globalization;

namespace Pilotlight.Sandbox;

/// <summary>The limits of a group that runs already, in the files of either version.</summary>
static class ControlGroupLimits
{
    const long PeriodMicroseconds = 100_000;

    public static void Write(ControlGroupLayout layout, string path, SandboxAssignment limits)
    {
        if (layout.IsUnified)
            WriteVersion2(layout.Version2 + path, limits);
        else
            WriteVersion1(layout, path, limits);
    }

    static void WriteVersion2(string folder, SandboxAssignment limits)
    {
        Write(folder, "memory.max", limits.MemoryBytes);
        // The weights of both versions, as the OCI runtimes convert them.
        Write(folder, "cpu.weight", 1 + (Shares(limits) - 2) * 9999 / 262_142);
        if (limits.CpuQuotaMillicores is { } quota)
            Write(folder, "cpu.max", $"{Quota(quota)} {PeriodMicroseconds}");
    }

    static void WriteVersion1(ControlGroupLayout layout, string path, SandboxAssignment limits)
    {
        var memory = layout.Version1["memory"] + path;
        var total = "memory.memsw.limit_in_bytes";
        // The limit with swap may at no moment be below the one without.
        var hasTotal = File.Exists(Path.Combine(memory, total));
        if (hasTotal && Read(memory, total) < limits.MemoryBytes)
            Write(memory, total, limits.MemoryBytes);
        Write(memory, "memory.limit_in_bytes", limits.MemoryBytes);
        if (hasTotal)
            Write(memory, total, limits.MemoryBytes);
        if (layout.Version1.GetValueOrDefault("cpu") is not { } processor)
            return;
        Write(processor + path, "cpu.shares", Shares(limits));
        if (limits.CpuQuotaMillicores is not { } quota)
            return;
        Write(processor + path, "cpu.cfs_period_us", PeriodMicroseconds);
        Write(processor + path, "cpu.cfs_quota_us", Quota(quota));
    }

    static long Shares(SandboxAssignment limits) => Math.Clamp(limits.CpuWeightMillicores * 1024L / 1000, 2, 262_144);

    static long Quota(int millicores) => Math.Max(millicores * PeriodMicroseconds / 1000, 1000);

    static long Read(string folder, string file)
    {
        try
        {
            return long.TryParse(File.ReadAllText(Path.Combine(folder, file)), CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
        }
        catch (IOException)
        {
            return long.MaxValue;
        }
    }

    static void Write(string folder, string file, long value) => Write(folder, file, value.ToString(CultureInfo.InvariantCulture));

    static void Write(string folder, string file, string value)
    {
        try
        {
            // Not created where it is missing: that is a controller which this machine does not have.
            using var handle = File.OpenHandle(Path.Combine(folder, file), FileMode.Open, FileAccess.Write);
            RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(value), 0);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"the limit {file} of a sandbox cannot be set to {value}: {refused.Message}", refused);
        }
    }
}
