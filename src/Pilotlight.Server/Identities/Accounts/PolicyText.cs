using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Identities;

/// <summary>The text of a policy as it was saved. Texts are never changed, so what is compiled from one is compiled once.</summary>
[JsonConverter(typeof(PolicyTextConverter))]
public sealed class PolicyText(string text)
{
    public string Text { get; } = text;
}

sealed class PolicyTextConverter : JsonConverter<PolicyText>
{
    public override PolicyText Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, PolicyText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
