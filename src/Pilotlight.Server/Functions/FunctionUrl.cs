using System.Security.Cryptography;

namespace Pilotlight.Functions;

/// <summary>The URL of a function or of one of its aliases: immutable.</summary>
public sealed record FunctionUrl
{
    public const string Public = "NONE";
    public const string Signed = "AWS_IAM";
    public const string Buffered = "BUFFERED";
    public const string Streaming = "RESPONSE_STREAM";

    const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    const int IdLength = 32;

    /// <summary>Names the URL in host names, for as long as it exists. Nobody can guess it, and none is given out twice.</summary>
    public required string Id { get; init; }

    /// <summary><see cref="Public"/> or <see cref="Signed"/>.</summary>
    public required string AuthType { get; init; }

    public FunctionUrlCors? Cors { get; init; }

    /// <summary><see cref="Buffered"/>, <see cref="Streaming"/>, or null: never set, which is <see cref="Buffered"/>.</summary>
    public string? InvokeMode { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    public static string NewId() => RandomNumberGenerator.GetString(IdLetters, IdLength);

    public static bool IsId(ReadOnlySpan<char> text)
    {
        if (text.Length != IdLength)
            return false;
        foreach (var letter in text)
        {
            if (letter is not (>= 'a' and <= 'z' or >= '0' and <= '9'))
                return false;
        }

        return true;
    }
}

/// <summary>Which other web sites' pages may use the URL. As it was given: what was not set is null.</summary>
public sealed record FunctionUrlCors
{
    public bool? AllowCredentials { get; init; }
    public IReadOnlyList<string>? AllowHeaders { get; init; }
    public IReadOnlyList<string>? AllowMethods { get; init; }
    public IReadOnlyList<string>? AllowOrigins { get; init; }
    public IReadOnlyList<string>? ExposeHeaders { get; init; }
    public int? MaxAge { get; init; }

    /// <summary><c>Cors {}</c> is no configuration.</summary>
    internal FunctionUrlCors? OrNone => this == new FunctionUrlCors() ? null : this;
}
