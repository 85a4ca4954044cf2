using System.Text.Json;
using Pilotlight.Patterns;

namespace Pilotlight.Tests.Patterns;

public sealed class EventPatternTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("simple string")]
    [InlineData("\"simple string\"")]
    [InlineData("12345")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"a\":{}}")]
    [InlineData("{\"eventSource\":\"aws:sqs\"}")]
    [InlineData("{\"eventSource\":[]}")]
    [InlineData("{\"a\":[[1]]}")]
    [InlineData("{\"a\":[{\"unknown\":1}]}")]
    [InlineData("{\"a\":[{\"prefix\":1}]}")]
    [InlineData("{\"a\":[{\"prefix\":\"x\",\"suffix\":\"y\"}]}")]
    [InlineData("{\"a\":[{\"exists\":\"yes\"}]}")]
    [InlineData("{\"a\":[{\"numeric\":[]}]}")]
    [InlineData("{\"a\":[{\"numeric\":[\">\"]}]}")]
    [InlineData("{\"a\":[{\"numeric\":[\"~\",1]}]}")]
    [InlineData("{\"a\":[{\"numeric\":[\"<\",1,\">\",5]}]}")]
    [InlineData("{\"a\":[{\"numeric\":[\">\",5,\"<\",1]}]}")]
    [InlineData("{\"a\":[{\"anything-but\":[]}]}")]
    [InlineData("{\"a\":[{\"anything-but\":{}}]}")]
    [InlineData("{\"a\":[{\"cidr\":\"10.0.0.0/99\"}]}")]
    [InlineData("{\"$or\":[{\"a\":[1]}]}")]
    [InlineData("{\"a\":[{\"anything-but\":[\"x\",3]}]}")]
    [InlineData("{\"a\":[1]")]
    [InlineData("{\"a\":[\"\\ud800\"]} x")]
    public void What_is_no_pattern_is_refused(string? text) => Assert.Null(EventPattern.TryParse(text));

    [Fact]
    public void Bytes_of_any_kind_never_throw()
    {
        var random = new Random(7);
        const string letters = "{}[]\":,$ab\\ud80019-.e \n";
        for (var n = 0; n < 20_000; n++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => letters[random.Next(letters.Length)]));
            EventPattern.TryParse(text);
        }

        Assert.Null(EventPattern.TryParse(new string('[', 4096)));
        Assert.Null(EventPattern.TryParse(string.Concat(Enumerable.Repeat("{\"a\":", 800))));
    }

    [Theory]
    [InlineData("""{"a":["x"]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":["x","y"]}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":["x"]}""", """{"a":"X"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":["z","x"]}""", true)]
    [InlineData("""{"a":["x"]}""", """{}""", false)]
    [InlineData("""{"a":[1]}""", """{"a":1.0}""", true)]
    [InlineData("""{"a":[null]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[null]}""", """{}""", false)]
    [InlineData("""{"a":[true]}""", """{"a":true}""", true)]
    [InlineData("""{"a":[true]}""", """{"a":"true"}""", false)]
    [InlineData("""{"a":{"b":["x"]},"c":[1]}""", """{"a":{"b":"x"},"c":1,"d":2}""", true)]
    [InlineData("""{"a":{"b":["x"]},"c":[1]}""", """{"a":{"b":"x"},"c":2}""", false)]
    [InlineData("""{"a":{"b":["x"]}}""", """{"a":[{"b":"y"},{"b":"x"}]}""", true)]
    [InlineData("""{"a":[{"prefix":"ab"}]}""", """{"a":"abc"}""", true)]
    [InlineData("""{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}""", """{"a":"abc"}""", true)]
    [InlineData("""{"a":[{"suffix":".png"}]}""", """{"a":"x.png"}""", true)]
    [InlineData("""{"a":[{"equals-ignore-case":"ALICE"}]}""", """{"a":"alice"}""", true)]
    [InlineData("""{"a":[{"anything-but":["x","z"]}]}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":[{"anything-but":[2,3]}]}""", """{"a":3}""", false)]
    [InlineData("""{"a":[{"anything-but":["x"]}]}""", """{}""", false)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"init"}}]}""", """{"a":"initial"}""", false)]
    [InlineData("""{"a":[{"numeric":[">",10,"<=",20]}]}""", """{"a":20}""", true)]
    [InlineData("""{"a":[{"numeric":[">",10,"<=",20]}]}""", """{"a":10}""", false)]
    [InlineData("""{"a":[{"numeric":["=",100]}]}""", """{"a":1e2}""", true)]
    [InlineData("""{"a":[{"numeric":["=",100]}]}""", """{"a":"100"}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":0}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"b":0}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{}""", true)]
    [InlineData("""{"a":[{"wildcard":"*/bin/*.sh"}]}""", """{"a":"/usr/bin/x.sh"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.0.77"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.1.77"}""", false)]
    [InlineData("""{"$or":[{"a":["x"]},{"b":[1]}]}""", """{"b":1}""", true)]
    [InlineData("""{"c":[1],"$or":[{"a":["x"]},{"b":[1]}]}""", """{"b":1}""", false)]
    [InlineData("""{"a":["x"]}""", """[]""", false)]
    public void Matches_as_AWS_documents_it(string pattern, string candidate, bool matches)
    {
        using var json = JsonDocument.Parse(candidate);

        Assert.Equal(matches, EventPattern.TryParse(pattern)!.Matches(json.RootElement));
    }
}
