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

    static int RankOf(ReadOnlySpan<byte> line)
    {
        const int Info = 2;
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
                    return Array.IndexOf(s_levels, reader.GetString()!.ToUpperInvariant()) is >= 0 and var rank ? rank : Info;
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
