using System.Text;
using System.Xml.Linq;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Topics;

/// <summary>Calls SNS with forms and reads its XML.</summary>
sealed class SnsClient(SignedClient client)
{
    public async Task<SnsAnswer> CallAsync(string action, params (string Name, string? Value)[] members)
    {
        var response = await client.SendAsync("sns", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(Form(action, members)), ("Content-Type", "application/x-www-form-urlencoded"));
        return new SnsAnswer((int)response.StatusCode, XDocument.Parse(await response.Content.ReadAsStringAsync()));
    }

    public static string Form(string action, params (string Name, string? Value)[] members) => $"Action={action}&Version=2010-03-31"
        + string.Concat(members.Where(member => member.Value is not null).Select(member => $"&{Uri.EscapeDataString(member.Name)}={Uri.EscapeDataString(member.Value!)}"));

    public async Task<string> TopicAsync(string name, params (string Key, string Value)[] attributes) =>
        (await CallAsync("CreateTopic", [("Name", name), .. Attributes(attributes)]))["TopicArn"];

    public Task<SnsAnswer> SubscribeAsync(string topic, string protocol, string endpoint, params (string Key, string Value)[] attributes) =>
        CallAsync("Subscribe", [("TopicArn", topic), ("Protocol", protocol), ("Endpoint", endpoint), ("ReturnSubscriptionArn", "true"), .. Attributes(attributes)]);

    public Task<SnsAnswer> PublishAsync(string topic, string message, params (string Name, string? Value)[] members) =>
        CallAsync("Publish", [("TopicArn", topic), ("Message", message), .. members]);

    static IEnumerable<(string, string?)> Attributes((string Key, string Value)[] attributes) => attributes.SelectMany((attribute, index) =>
        new (string, string?)[] { ($"Attributes.entry.{index + 1}.key", attribute.Key), ($"Attributes.entry.{index + 1}.value", attribute.Value) });
}

sealed record SnsAnswer(int Status, XDocument Xml)
{
    /// <summary>The text of the first element of that name; empty when there is none.</summary>
    public string this[string name] => All(name).FirstOrDefault() ?? "";

    public IReadOnlyList<string> All(string name) => [.. Xml.Descendants().Where(element => element.Name.LocalName == name).Select(element => element.Value)];

    public string Code => this["Code"];

    public string Message => this["Message"];

    public IReadOnlyDictionary<string, string> Attributes => Xml.Descendants().Where(element => element.Name.LocalName == "entry")
        .ToDictionary(entry => entry.Elements().First().Value, entry => entry.Elements().Last().Value);

    public SnsAnswer Ok() => Status == 200 ? this : throw new InvalidOperationException(Xml.ToString());
}
