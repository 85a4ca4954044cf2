using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pilotlight.Api;

/// <summary>What an operation answers: a JSON body, raw bytes, nothing, an error, or "already written".</summary>
public sealed class AwsResult
{
    public int Status { get; private init; } = 200;

    public ReadOnlyMemory<byte> Body { get; private init; }

    public string? ContentType { get; private init; }

    public AwsError? Error { get; private init; }

    /// <summary>The handler wrote the response itself.</summary>
    public bool Written { get; private init; }

    public static AwsResult AlreadyWritten { get; } = new() { Written = true };

    public static AwsResult Empty(int status) => new() { Status = status };

    /// <summary>An operation without output members: <c>{}</c> in the json protocols.</summary>
    public static AwsResult EmptyObject { get; } = new() { Body = "{}"u8.ToArray(), ContentType = null };

    public static AwsResult Json<T>(T value, JsonTypeInfo<T> type, int status = 200) =>
        new() { Status = status, Body = JsonSerializer.SerializeToUtf8Bytes(value, type) };

    public static AwsResult Bytes(ReadOnlyMemory<byte> body, string contentType, int status = 200) =>
        new() { Status = status, Body = body, ContentType = contentType };

    public static AwsResult Refused(AwsError error) => new() { Status = error.Status, Error = error };

    public static implicit operator AwsResult(AwsError error) => Refused(error);

    public static implicit operator ValueTask<AwsResult>(AwsResult result) => new(result);
}
