using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>The text of a policy as it was saved. Texts are never changed, so one is compiled once, when it is needed first.</summary>
[JsonConverter(typeof(PolicyTextConverter))]
public sealed class PolicyText(string text)
{
    /// <summary>Stands for a stored text that can no longer be read: whoever it was given to may do nothing until it is mended.</summary>
    const string DenyEverything = """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}""";

    Policy? _compiled;

    public string Text { get; } = text;

    /// <summary>As a policy of a user, group or role, a boundary, or a session.</summary>
    /// <param name="source">What traces call it: its ARN or name. It is the same at every call.</param>
    public Policy Compile(string source) => _compiled ??=
        Policy.TryParse(Text, PolicyKind.Identity, source, out _) ?? Policy.Parse(DenyEverything, PolicyKind.Identity, source);

    /// <summary>As the trust policy of a role; null when it can no longer be read, and then nobody may wear the role.</summary>
    public Policy? CompileTrust(string source) => _compiled ??= Policy.TryParse(Text, PolicyKind.Trust, source, out _);
}

sealed class PolicyTextConverter : JsonConverter<PolicyText>
{
    public override PolicyText Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, PolicyText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
