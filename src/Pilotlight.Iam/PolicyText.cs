using System.Text;
using System.Text.Json;

namespace Pilotlight.Iam;

/// <summary>A value of a policy's JSON with the place where it stands. A member that comes twice, which JSON lets stand, is refused.</summary>
sealed class PolicyText
{
    const int MaxDepth = 32;

    public required JsonTokenType Type { get; init; }

    /// <summary>Of a string its value, of a number or truth value its text.</summary>
    public string Text { get; init; } = "";

    public IReadOnlyList<PolicyText> Items { get; private set; } = [];

    public IReadOnlyList<(string Name, PolicyText Value)> Members { get; private set; } = [];

    /// <summary>Bytes from the document's start.</summary>
    public int Start { get; init; }

    public int End { get; private set; }

    public bool IsObject => Type == JsonTokenType.StartObject;

    public bool IsArray => Type == JsonTokenType.StartArray;

    public bool IsString => Type == JsonTokenType.String;

    public bool IsScalar => Type is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False;

    /// <summary>The item itself, or the items of the list: policies may write a list of one as its item.</summary>
    public IReadOnlyList<PolicyText> OneOrMany => IsArray ? Items : [this];

    public PolicyText? this[string name]
    {
        get
        {
            foreach (var member in Members)
            {
                if (member.Name == name)
                    return member.Value;
            }

            return null;
        }
    }

    /// <summary>Null, and why, when it is no JSON or says something twice.</summary>
    public static PolicyText? TryRead(ReadOnlySpan<byte> json, out PolicyError? error)
    {
        error = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            if (!reader.Read())
            {
                error = PolicyError.InvalidJson;
                return null;
            }

            var value = Read(ref reader, ref error);
            if (reader.Read())
                error = PolicyError.InvalidJson;
            return error is null ? value : null;
        }
        // Half a surrogate pair, or bytes that are no UTF-8, in a string.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            error = PolicyError.InvalidJson;
            return null;
        }
    }

    // Recursion no deeper than MaxDepth, which the reader enforces.
    static PolicyText Read(ref Utf8JsonReader reader, ref PolicyError? error)
    {
        var value = new PolicyText
        {
            Type = reader.TokenType,
            Start = (int)reader.TokenStartIndex,
            Text = reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
                JsonTokenType.True => "true",
                JsonTokenType.False => "false",
                _ => "",
            },
        };
        if (value.IsObject)
            value.Members = ReadMembers(ref reader, ref error);
        else if (value.IsArray)
        {
            var items = new List<PolicyText>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                items.Add(Read(ref reader, ref error));
            value.Items = items;
        }

        value.End = (int)reader.BytesConsumed;
        return value;
    }

    static List<(string, PolicyText)> ReadMembers(ref Utf8JsonReader reader, ref PolicyError? error)
    {
        var members = new List<(string, PolicyText)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
                error ??= PolicyError.Syntax;
            reader.Read();
            members.Add((name, Read(ref reader, ref error)));
        }

        return members;
    }
}
