using System.Diagnostics;
using System.Text.Json;
using Pilotlight.Patterns;

namespace Pilotlight.Tests.Patterns;

/// <summary>spec/events.md part 3, line by line.</summary>
public sealed class RulePatternTests
{
    [Theory]
    // All keys must match; keys are case-sensitive; of two members with one name the last counts.
    [InlineData("""{"a":[1],"b":[2]}""", """{"a":1,"b":3}""", false)]
    [InlineData("""{"A":[1]}""", """{"a":1}""", false)]
    [InlineData("""{"a":[1],"a":[2]}""", """{"a":2}""", true)]
    [InlineData("""{"a":[1],"a":[2]}""", """{"a":1}""", false)]
    // Lists in the event.
    [InlineData("""{"a":[2]}""", """{"a":[1,2,3]}""", true)]
    [InlineData("""{"a":[4]}""", """{"a":[1,2,3]}""", false)]
    [InlineData("""{"a":[2]}""", """{"a":[[1],[2]]}""", true)]
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":[{"b":1,"c":2},{"b":3}]}""", true)]
    [InlineData("""{"a":{"b":[1],"c":[2]}}""", """{"a":[{"b":1},{"c":2}]}""", false)]
    // Dots mean nesting, both ways.
    [InlineData("""{"state":{"status":["x"]}}""", """{"state.status":"x"}""", true)]
    [InlineData("""{"state.status":["x"]}""", """{"state":{"status":"x"}}""", true)]
    [InlineData("""{"state.status":["x"]}""", """{"state":{"status":"y"}}""", false)]
    [InlineData("""{"state":{"status":["x"],"code":[1]}}""", """{"state.status":"x","state":{"code":1}}""", true)]
    [InlineData("""{"a.b.c":["x"]}""", """{"a.b":{"c":"x"}}""", true)]
    // Null, the empty string and the empty list.
    [InlineData("""{"a":[null]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[null]}""", """{}""", false)]
    [InlineData("""{"a":[null]}""", """{"a":"null"}""", false)]
    [InlineData("""{"a":[null]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":[""]}""", """{"a":""}""", true)]
    [InlineData("""{"a":[""]}""", """{"a":null}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":[1]}""", true)]
    // Numbers.
    [InlineData("""{"a":[300]}""", """{"a":300.0}""", true)]
    [InlineData("""{"a":[300]}""", """{"a":"300"}""", false)]
    [InlineData("""{"a":[{"numeric":[">",0]}]}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":[{"numeric":[">",0]}]}""", """{"a":null}""", false)]
    [InlineData("""{"a":[{"numeric":["<",10]}]}""", """{"a":9.99}""", true)]
    [InlineData("""{"a":[{"numeric":["<",10]}]}""", """{"a":10}""", false)]
    [InlineData("""{"a":[{"numeric":[">=",10]}]}""", """{"a":10}""", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":5}""", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":0}""", false)]
    [InlineData("""{"a":[{"numeric":["=",3.018e2]}]}""", """{"a":301.8}""", true)]
    [InlineData("""{"a":[{"numeric":[">",0]}]}""", """{"a":6000000000}""", false)]
    // Exists.
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":{"b":1}}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":null}""", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"c":1}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"a":{"b":1}}""", true)]
    [InlineData("""{"a":[{"exists":false}]}""", """{"a":0}""", false)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"a":[{"b":1},{"c":2}]}""", false)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{"a":7}""", true)]
    // Anything but.
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":1}""", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":"x"}""", false)]
    [InlineData("""{"a":[{"anything-but":123}]}""", """{"a":123.0}""", false)]
    [InlineData("""{"a":[{"anything-but":["x","y"]}]}""", """{"a":"y"}""", false)]
    [InlineData("""{"a":[{"anything-but":[1,2]}]}""", """{"a":3}""", true)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"init"}}]}""", """{"a":"initial"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"init"}}]}""", """{"a":12}""", true)]
    [InlineData("""{"a":[{"anything-but":{"prefix":["a","b"]}}]}""", """{"a":"box"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"suffix":".txt"}}]}""", """{"a":"x.png"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"suffix":[".txt",".png"]}}]}""", """{"a":"x.png"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"equals-ignore-case":"X"}}]}""", """{"a":"x"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"equals-ignore-case":["X","Y"]}}]}""", """{"a":"z"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}""", """{"a":"/usr/lib/x"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":["*/lib/*","*/bin/*"]}}]}""", """{"a":"/usr/share/x"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":""}}]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":""}}]}""", """{"a":""}""", false)]
    // Texts.
    [InlineData("""{"a":[{"prefix":""}]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":[{"suffix":""}]}""", """{"a":""}""", true)]
    [InlineData("""{"a":[{"prefix":"x"}]}""", """{"a":7}""", false)]
    [InlineData("""{"a":[{"prefix":{"equals-ignore-case":"EventB"}}]}""", """{"a":"eventbridge"}""", true)]
    [InlineData("""{"a":[{"suffix":{"equals-ignore-case":".PNG"}}]}""", """{"a":"x.png"}""", true)]
    [InlineData("""{"a":[{"equals-ignore-case":""}]}""", """{"a":""}""", true)]
    [InlineData("""{"a":[{"wildcard":"*:event-bus/*"}]}""", """{"a":"arn:event-bus/my"}""", true)]
    [InlineData("""{"a":[{"wildcard":"a*a"}]}""", """{"a":"a"}""", false)]
    [InlineData("""{"a":[{"wildcard":"a*b*c"}]}""", """{"a":"aXbXbXc"}""", true)]
    [InlineData("""{"a":[{"wildcard":"a*b*c"}]}""", """{"a":"acb"}""", false)]
    [InlineData("""{"a":[{"wildcard":"\\*x*"}]}""", """{"a":"*xyz"}""", true)]
    [InlineData("""{"a":[{"wildcard":"\\*x*"}]}""", """{"a":"yxyz"}""", false)]
    [InlineData("""{"a":[{"wildcard":"\\\\*"}]}""", """{"a":"\\n"}""", true)]
    [InlineData("""{"a":[{"wildcard":""}]}""", """{"a":""}""", true)]
    [InlineData("""{"a":[{"wildcard":""}]}""", """{"a":"x"}""", false)]
    // Addresses.
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.0.255"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.7/24"}]}""", """{"a":"10.0.0.255"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.1.0"}""", false)]
    [InlineData("""{"a":[{"cidr":"2001:db8::/32"}]}""", """{"a":"2001:db8::1"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"nonsense"}""", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":10}""", false)]
    // Or.
    [InlineData("""{"$or":[{"a":[1]},{"b":[2]}]}""", """{"b":2}""", true)]
    [InlineData("""{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}""", """{"b":2,"c":4}""", false)]
    [InlineData("""{"d":{"$or":[{"a":[1]},{"b":[{"exists":false}]}]}}""", """{"d":{"a":2,"b":1}}""", false)]
    [InlineData("""{"a":[1,{"prefix":"x"},{"exists":false}]}""", """{"a":"xy"}""", true)]
    [InlineData("""{"a":[1,{"prefix":"x"},{"exists":false}]}""", """{}""", true)]
    // A text that holds JSON is a text.
    [InlineData("""{"detail":{"a":[1]}}""", """{"detail":"{\"a\":1}"}""", false)]
    public void Matches_as_AWS_was_seen_to(string pattern, string candidate, bool matches)
    {
        using var json = JsonDocument.Parse(candidate);

        Assert.Equal(matches, EventPattern.Parse(pattern).Matches(json.RootElement));
    }

    [Theory]
    [InlineData("""{"int": 42}""", "\"int\" must be an object or an array", 11)]
    [InlineData("""{"string": "my-value"}""", "\"string\" must be an object or an array", 13)]
    [InlineData("""{"resources": []}""", "Empty arrays are not allowed", 17)]
    [InlineData("""{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}""", "Unrecognized match type NUMERIC", 36)]
    [InlineData("""{"my_key": [{"EXISTS": true}]}""", "Unrecognized match type EXISTS", 28)]
    [InlineData("""{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}""", "Bad numeric range operator: >", 49)]
    [InlineData("""{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}""", "Value of < must be numeric", 50)]
    [InlineData("""{"detail-type": [{"equals-ignore-case": ["ec2"]}]}""", "equals-ignore-case match pattern must be a string", 42)]
    [InlineData("""{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}""", "Consecutive wildcard characters at pos 26", 72)]
    [InlineData("""{"EventBusArn": [{"wildcard": 123}]}""", "wildcard match pattern must be a string", 34)]
    [InlineData("""{"time": [{"prefix": ["2022-07-13"]}]}""", "prefix match pattern must be a string", 23)]
    [InlineData("""{"FileName": [{"suffix": 123}]}""", "suffix match pattern must be a string", 29)]
    [InlineData("""{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}""", "prefix match pattern must be a string", 43)]
    [InlineData("""{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}""", "prefix/suffix match pattern must be a string", 54)]
    [InlineData("""{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}""", "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.", 66)]
    [InlineData("""{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}""", "Value of anything-but must be an array or single string/number value.", 55)]
    [InlineData("""["not", "a", "dict", "but valid json"]""", "Filter is not an object", 2)]
    [InlineData("this is valid json but not a dict", "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 5)]
    [InlineData("{'bad': 'quotation'}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2)]
    [InlineData("{\"not\": closed mark\"", "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 15)]
    public void Says_what_is_wrong_and_where_to_the_letter(string pattern, string reason, int column)
    {
        var wrong = Assert.Throws<PatternException>(() => EventPattern.Parse(pattern));

        Assert.Equal($"{reason}\n at [Source: (String)\"{pattern}\"; line: 1, column: {column}]", wrong.Message);
    }

    [Theory]
    [InlineData("""{"detail": {"state": [{"anything-but": {"prefix": [123, "test"]}}]}}""", "prefix/suffix match pattern must be a string", 55)]
    [InlineData("""{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}""", "wildcard match pattern must be a string", 57)]
    [InlineData("""{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}""", "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.", 67)]
    public void Says_it_twice_inside_lists(string pattern, string reason, int column)
    {
        var place = $"\n at [Source: (String)\"{pattern}\"; line: 1, column: {column}]";

        Assert.Equal(reason + place + place, Assert.Throws<PatternException>(() => EventPattern.Parse(pattern)).Message);
    }

    [Theory]
    [InlineData("""{"a":[{"cidr":"10.0.0.0"}]}""", "Malformed CIDR, one '/' required")]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/xx"}]}""", "Malformed CIDR, mask bits must be an integer")]
    [InlineData("""{"a":[{"cidr":"xx.11.xx/8"}]}""", "Nonstandard IP address: xx.11.xx")]
    [InlineData("""{"a":[{"cidr":"xxxx:db8:1234:1a00::/64"}]}""", "Nonstandard IP address: xxxx:db8:1234:1a00::")]
    [InlineData("""{"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}""", "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")]
    public void Says_what_is_wrong_without_a_place(string pattern, string reason) =>
        Assert.Equal(reason, Assert.Throws<PatternException>(() => EventPattern.Parse(pattern)).Message);

    [Theory]
    [InlineData("""{"a":[{"numeric":5}]}""", "Value of numeric must be an array.")]
    [InlineData("""{"a":[{"anything-but":null}]}""", "Value of anything-but must be an array or single string/number value.")]
    [InlineData("""{"a":[{"anything-but":[null]}]}""", "Inside anything but list, start|null|boolean is not supported.")]
    [InlineData("""{"a":[{"anything-but":{"prefix":""}}]}""", "Null prefix/suffix not allowed")]
    [InlineData("""{}""", "Empty objects are not allowed")]
    [InlineData("""{"a":[[1]]}""", "Match value must be String, number, true, false, or null")]
    public void Begins_with_AWSs_reason(string pattern, string reason) =>
        Assert.StartsWith(reason, Assert.Throws<PatternException>(() => EventPattern.Parse(pattern)).Message);

    [Fact]
    public void Mappings_take_no_wildcard_and_anything_but_values_only()
    {
        foreach (var text in new[] { """{"a":[{"wildcard":"x*"}]}""", """{"a":[{"anything-but":{"prefix":"x"}}]}""" })
        {
            Assert.NotNull(EventPattern.TryParse(text));
            Assert.Null(EventPattern.TryParse(text, PatternDialect.Mappings));
        }
    }

    [Fact]
    public void Alternatives_make_a_thousand_combinations_at_most()
    {
        string Or(int count) => "{\"$or\":[" + string.Join(',', Enumerable.Range(0, count).Select(n => $"{{\"a{n}\":[1]}}")) + "]}";
        string Both(int left, int right) => $"{{\"x\":{Or(left)},\"y\":{Or(right)}}}";

        Assert.NotNull(EventPattern.TryParse(Both(25, 40)));
        Assert.Null(EventPattern.TryParse(Both(26, 40)));
    }

    [Fact]
    public void A_hostile_text_costs_no_more_than_its_length()
    {
        var pattern = EventPattern.Parse($$"""{"a":[{"wildcard":"*{{new string('a', 2000)}}b*{{new string('a', 1500)}}c*"}]}""");
        using var json = JsonDocument.Parse($$"""{"a":"{{new string('a', 1_000_000)}}"}""");
        var candidate = EventValue.Of(json.RootElement);
        var watch = Stopwatch.StartNew();

        Assert.False(pattern.Matches(candidate));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public void Matching_allocates_nothing()
    {
        var pattern = EventPattern.Parse("""{"source":["shop"],"detail":{"$or":[{"total":[{"numeric":[">",100]}]},{"name":[{"wildcard":"a*b"},{"prefix":"x"}]}],"gone":[{"exists":false}],"tags":[{"anything-but":["a","b"]}]}}""");
        using var json = JsonDocument.Parse("""{"source":"shop","detail":{"total":7,"name":"xyz","tags":["a","c"]}}""");
        var candidate = EventValue.Of(json.RootElement);
        Assert.True(pattern.Matches(candidate));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 1000; n++)
            pattern.Matches(candidate);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
