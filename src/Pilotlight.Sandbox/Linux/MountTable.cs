using System.Text;

namespace Pilotlight.Sandbox;

/// <summary>A line of <c>/proc/self/mountinfo</c>.</summary>
sealed record MountEntry(string Target, string Type, string Options)
{
    public bool HasOption(string name) => Options.Split(',').Contains(name);
}

/// <summary>What is mounted where, as this process sees it.</summary>
static class MountTable
{
    public static IReadOnlyList<MountEntry> Read()
    {
        var entries = new List<MountEntry>();
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            if (TryParse(line) is { } entry)
                entries.Add(entry);
        }
        return entries;
    }

    internal static MountEntry? TryParse(string line)
    {
        // 36 35 98:0 /root /target options [optional fields] - type source super-options
        var fields = line.Split(' ');
        var dash = fields.Length > 6 ? Array.IndexOf(fields, "-", 6) : -1;
        return dash < 0 || dash + 3 >= fields.Length ? null : new(Unescape(fields[4]), fields[dash + 1], fields[dash + 3]);
    }

    /// <summary>Takes away every mount at or below <paramref name="folder"/>, the newest first.</summary>
    public static void UnmountBelow(string folder)
    {
        foreach (var entry in Read().Reverse())
        {
            if (entry.Target == folder || entry.Target.StartsWith(folder + "/", StringComparison.Ordinal))
                _ = Posix.umount2(entry.Target, Posix.MNT_DETACH | Posix.UMOUNT_NOFOLLOW);
        }
    }

    // The kernel writes space, tab, newline and backslash as \ooo.
    static string Unescape(string field)
    {
        if (!field.Contains('\\'))
            return field;
        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + field[i + 3] - '0'));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }
        return text.ToString();
    }
}
