using System.Text.Json;

namespace Pilotlight.Environments;

/// <summary>
/// The application log level of a function that logs JSON: lines below it are dropped. What has no level counts as INFO
/// (spec/runtime-api.md 11). Text format has no level and keeps everything.
/// </summary>
public readonly record struct FunctionLogLevel(int Rank)
{
    static readonly string[] s_levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

    public static FunctionLogLevel All { get; } = new(0);

    public static FunctionLogLevel Of(string? name) => new(Math.Max(0, Array.IndexOf(s_levels, name)));

    public bool Allows(ReadOnlySpan<byte> line) => Rank == 0 || RankOf(line) >= Rank;

    /// <summary>Of a frame that names its level, 1 for TRACE to 6 for FATAL; 0 is none, and then the line itself says.</summary>
    public bool Allows(uint frameLevel, ReadOnlySpan<byte> line) =>
        frameLevel is >= 1 and <= 6 ? frameLevel - 1 >= Rank : Allows(line);

    const int Info = 2;

    /// <summary>Python calls two of them otherwise. What is no level counts as INFO.</summary>
    static int RankOf(string level) => level.ToUpperInvariant() switch
    {
        "WARNING" => 3,
        "CRITICAL" => 5,
        var name => Array.IndexOf(s_levels, name) is >= 0 and var rank ? rank : Info,
    };

    static int RankOf(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != (byte)'{')
            return Info;
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isLevel = reader.ValueTextEquals("level"u8) || reader.ValueTextEquals("log_level"u8);
                reader.Read();
                if (isLevel && reader.TokenType == JsonTokenType.String)
                    return RankOf(reader.GetString()!);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Not JSON after all.
        }

        return Info;
    }
}
