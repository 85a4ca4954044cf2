using Pilotlight.Topics;

namespace Pilotlight.Tests.Topics;

/// <summary>Which messages a filter policy wants; errors with AWS's words and places, as recorded from AWS.</summary>
public sealed class FilterPolicyTests
{
    [Theory]
    [InlineData("""{"a":["x"]}""", "String", "x", true)]
    [InlineData("""{"a":["x"]}""", "String", "X", false)]
    [InlineData("""{"a":["x","y"]}""", "String", "y", true)]
    [InlineData("""{"a":["x"]}""", "String.Array", """["z","x"]""", true)]
    [InlineData("""{"a":["x"]}""", "String.Array", """["z"]""", false)]
    [InlineData("""{"a":[true]}""", "String.Array", "[true]", true)]
    [InlineData("""{"a":[null]}""", "String.Array", "[null]", true)]
    [InlineData("""{"a":[5]}""", "Number", "5.0", true)]
    [InlineData("""{"a":["5"]}""", "Number", "5", false)]
    [InlineData("""{"a":[5]}""", "String", "5", false)]
    [InlineData("""{"a":[{"prefix":"au"}]}""", "String", "auto", true)]
    [InlineData("""{"a":[{"prefix":"au"}]}""", "String", "Auto", false)]
    [InlineData("""{"a":[{"suffix":"to"}]}""", "String", "auto", true)]
    [InlineData("""{"a":[{"equals-ignore-case":"AUTO"}]}""", "String", "auto", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", "String", "y", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", "String", "x", false)]
    [InlineData("""{"a":[{"anything-but":["x","y"]}]}""", "String", "y", false)]
    [InlineData("""{"a":[{"anything-but":["x","y"]}]}""", "String.Array", """["x","z"]""", true)]
    [InlineData("""{"a":[{"anything-but":[1,2]}]}""", "Number", "2", false)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"x"}}]}""", "String", "xy", false)]
    [InlineData("""{"a":[{"anything-but":{"prefix":"x"}}]}""", "String", "yx", true)]
    [InlineData("""{"a":[{"numeric":["=",300]}]}""", "Number", "3e2", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",100]}]}""", "Number", "100", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",100]}]}""", "Number", "0", false)]
    [InlineData("""{"a":[{"numeric":["<",10]}]}""", "Number", "10", false)]
    [InlineData("""{"a":[{"numeric":[">=",-1.5]}]}""", "Number", "-1.5", true)]
    [InlineData("""{"a":[{"numeric":["=",5]}]}""", "String", "5", false)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", "String", "10.0.0.255", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.7/24"}]}""", "String", "10.0.1.0", false)]
    [InlineData("""{"a":[{"cidr":"2001:db8::/32"}]}""", "String", "2001:db8::1", true)]
    [InlineData("""{"a":[{"exists":true}]}""", "String", "x", true)]
    [InlineData("""{"a":[{"exists":true}]}""", "Binary", "AAAA", true)]
    [InlineData("""{"a":[{"exists":false}]}""", "String", "x", false)]
    [InlineData("""{"b":[{"exists":false}]}""", "String", "x", true)]
    [InlineData("""{"b":[null,{"anything-but":"x"}]}""", "String", "x", true)]
    [InlineData("""{"b":[{"anything-but":"x"}]}""", "String", "x", false)]
    [InlineData("""{"a":["AAAA"]}""", "Binary", "AAAA", false)]
    [InlineData("""{"a":["x"],"b":["y"]}""", "String", "x", false)]
    [InlineData("""{"$or":[{"b":["y"]},{"a":["x"]}]}""", "String", "x", true)]
    [InlineData("""{"$or":[{"b":["y"]},{"c":["x"]}]}""", "String", "x", false)]
    public void Attributes_are_wanted_or_not(string policy, string type, string value, bool wanted) => Assert.Equal(
        wanted, FilterPolicy.Parse(policy, FilterPolicy.Attributes).Matches(new Dictionary<string, MessageAttribute> { ["a"] = new(type, value) }));

    [Fact]
    public void A_dot_in_the_name_of_an_attribute_is_a_letter() => Assert.True(FilterPolicy.Parse("""{"a.b":["x"]}""", FilterPolicy.Attributes)
        .Matches(new Dictionary<string, MessageAttribute> { ["a.b"] = new("String", "x") }));

    [Theory]
    [InlineData("""{"a":{"b":["x"]}}""", """{"a":{"b":"x"}}""", true)]
    [InlineData("""{"a":{"b":["x"]}}""", """{"a.b":"x"}""", true)]
    [InlineData("""{"a.b":["x"]}""", """{"a":{"b":"x"}}""", true)]
    [InlineData("""{"a.b.c":["x"]}""", """{"a.b":{"c":"x"}}""", true)]
    [InlineData("""{"a.b.c":["x"]}""", """{"a":{"b.c":"x"}}""", true)]
    [InlineData("""{"a.b.c":["x"]}""", """{"a":{"b":{"c":"y"}}}""", false)]
    [InlineData("""{"h":{"to":["q1"]}}""", """{"h":{"to":["q1","q2"]}}""", true)]
    [InlineData("""{"h":{"to":["q1"]}}""", """{"h":{"to":["q3"]}}""", false)]
    [InlineData("""{"R":{"o":{"k":[{"prefix":"au"}]},"n":[{"prefix":"C"}]}}""", """{"R":[{"n":"C:Put","o":[[{"k":"auto"}]]},{"n":"D","o":{"k":"home"}}]}""", true)]
    [InlineData("""{"R":{"o":{"k":[{"prefix":"au"}]},"n":[{"prefix":"C"}]}}""", """{"R":[{"n":"C:Put","o":{"k":"home"}},{"n":"D","o":{"k":"auto"}}]}""", false)]
    [InlineData("""{"a":[null]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[null]}""", "{}", false)]
    [InlineData("""{"a":[{"exists":false}]}""", "{}", true)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", "{}", true)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":{"b":1}}""", false)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":[]}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", "{}", false)]
    [InlineData("""{"a":[5]}""", """{"a":5.0}""", true)]
    [InlineData("""{"a":["5"]}""", """{"a":5}""", false)]
    [InlineData("""{"$or":[{"m":["c"]},{"n":["e"]}],"d":{"s":["S"],"$or":[{"o":["w"]},{"t":["A"]}]}}""", """{"n":"e","d":{"s":"S","t":"A"}}""", true)]
    [InlineData("""{"$or":[{"m":["c"]},{"n":["e"]}],"d":{"s":["S"],"$or":[{"o":["w"]},{"t":["A"]}]}}""", """{"n":"e","d":{"s":"S"}}""", false)]
    [InlineData("""{"a":["x"]}""", "no json", false)]
    [InlineData("""{"a":["x"]}""", """["a"]""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":"\ud800"}""", false)]
    public void Bodies_are_wanted_or_not(string policy, string body, bool wanted) =>
        Assert.Equal(wanted, FilterPolicy.Parse(policy, FilterPolicy.Body).Matches(FilterBody.TryParse(body)));

    [Theory]
    [InlineData("""{"key":[["value"]]}""", "Match value must be String, number, true, false, or null", 10)]
    [InlineData("""{"key":[{"wrong-operator":true}]}""", "Unrecognized match type wrong-operator", 31)]
    [InlineData("""{"key":[{"suffix":"value","prefix":"value2"}]}""", "Only one key allowed in match expression", 37)]
    [InlineData("""{"key":[{"suffix":100}]}""", "suffix match pattern must be a string", 22)]
    [InlineData("""{"key":[{"suffix":null}]}""", "suffix match pattern must be a string", 23)]
    [InlineData("""{"key":{"suffix":"value"}}""", "\"suffix\" must be an object or an array", 19)]
    [InlineData("""{"key":[{"suffix":[]}]}""", "suffix match pattern must be a string", 20)]
    [InlineData("""{"key":[{"suffix":["test","test2"]}]}""", "suffix match pattern must be a string", 20)]
    [InlineData("""{"key_a":"value_one"}""", "\"key_a\" must be an object or an array", 11)]
    [InlineData("""{"key":[{"numeric":[]}]}""", "Invalid member in numeric match: ]", 22)]
    [InlineData("""{"key":[{"numeric":["operator"]}]}""", "Unrecognized numeric range operator: operator", 32)]
    [InlineData("""{"key":[{"numeric":[1,"<="]}]}""", "Invalid member in numeric match: 1", 22)]
    [InlineData("""{"key":[{"numeric":["=","000"]}]}""", "Value of equals must be numeric", 26)]
    [InlineData("""{"key":[{"numeric":[">="]}]}""", "Value of >= must be numeric", 26)]
    [InlineData("""{"key":[{"numeric":["<",100,">",10]}]}""", "Too many elements in numeric expression", 30)]
    [InlineData("""{"key":[{"numeric":[">=",1,">",2]}]}""", "Bad numeric range operator: >", 31)]
    [InlineData("""{"key":[{"numeric":[">",3,"<",1]}]}""", "Bottom must be less than top", 33)]
    [InlineData("""{"key":[{"numeric":[">",20,"<="]}]}""", "Value of <= must be numeric", 33)]
    [InlineData("""{"key":[{"numeric":[">",20,30]}]}""", "Bad value in numeric range: 30", 30)]
    [InlineData("""{"key":[{"numeric":[">",20,"test"]}]}""", "Bad numeric range operator: test", 34)]
    [InlineData("""{"key":[{"numeric":[">","20","<","30"]}]}""", "Value of > must be numeric", 26)]
    [InlineData("""{"key":[{"numeric":[">",20,"<","30"]}]}""", "Value of < must be numeric", 33)]
    [InlineData("""{"key":[{"numeric":[">",20,"<",30,"<",50]}]}""", "Too many terms in numeric range expression", 36)]
    [InlineData("""{"key":[{"exists":null}]}""", "exists match pattern must be either true or false.", 23)]
    [InlineData("""{"key":[{"exists":"no"}]}""", "exists match pattern must be either true or false.", 20)]
    [InlineData("""{"key":[{"anything-but":{"wrong-operator":null}}]}""", "Unsupported anything-but pattern: wrong-operator", 47)]
    [InlineData("""{"key":[{"anything-but":{"suffix":"test"}}]}""", "Unsupported anything-but pattern: suffix", 36)]
    [InlineData("""{"key":[{"anything-but":{"prefix":false}}]}""", "prefix match pattern must be a string", 40)]
    [InlineData("{invalid", "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name", 2)]
    [InlineData("invalid", "failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 8)]
    public void Errors_are_worded_and_placed_as_AWS_does(string policy, string words, int column)
    {
        var refused = Assert.Throws<FilterPolicyException>(() => FilterPolicy.Parse(policy, FilterPolicy.Body));
        Assert.Equal(
            $"FilterPolicy: {words}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]", refused.Message);
    }

    [Fact]
    public void There_are_at_most_five_keys_and_150_combinations()
    {
        string Values(string key, int count) => $"\"{key}\":[{string.Join(',', Enumerable.Range(0, count).Select(index => $"\"v{index}\""))}]";
        Refuses("{" + Values("k", 151) + "}", FilterPolicy.Attributes, "too complex");
        Refuses("{" + Values("k", 100) + "," + Values("l", 51) + "}", FilterPolicy.Attributes, "too complex");
        FilterPolicy.Parse("{" + Values("k", 150) + "}", FilterPolicy.Attributes);
        Refuses("{" + string.Join(',', "abcdef".Select(key => Values($"{key}", 1))) + "}", FilterPolicy.Attributes, "can not have more than 5 keys");
        // (4 * 6) + (4 * 4 * 4) + (4 * 4 * 4) = 152
        Refuses(Flat(4, 4), FilterPolicy.Attributes, "too complex");
        // (3 * 6) + (3 * 4 * 4) + (3 * 4 * 7) = 150
        FilterPolicy.Parse(Flat(3, 7), FilterPolicy.Attributes);
        // Depth multiplies: (3 + 2) * ((2 * 2) * (2 + 3 * 2)) = 160
        Refuses("{\"$or\":[{" + Values("m", 3) + "},{" + Values("n", 2) + "}],\"d\":{" + Values("s", 2) + ",\"$or\":[{" + Values("o", 1) + "},{" + Values("t", 3) + "}]}}", FilterPolicy.Body, "too complex");

        string Flat(int sources, int spaces) => "{" + Values("s", sources) + ",\"$or\":[{" + Values("m", 6) + "},{" + Values("t", 4) + ",\"$or\":[{" + Values("i", 4) + "},{"
            + Values("p", spaces) + "}]}]}";

        static void Refuses(string policy, string scope, string words) =>
            Assert.Contains(words, Assert.Throws<FilterPolicyException>(() => FilterPolicy.Parse(policy, scope)).Message);
    }

    [Fact]
    public void Attributes_are_not_nested() => Assert.Equal(
        "Filter policy scope MessageAttributes does not support nested filter policy",
        Assert.Throws<FilterPolicyException>(() => FilterPolicy.Parse("""{"a":{"b":["x"]}}""", FilterPolicy.Attributes)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":[]}")]
    [InlineData("{\"a\":{}}")]
    [InlineData("{\"a\":[{}]}")]
    [InlineData("{\"a\":[\"\\ud800\"]}")]
    [InlineData("{\"a\":[{\"numeric\":")]
    [InlineData("{\"a\":[{\"numeric\":[{}]}]}")]
    [InlineData("{\"a\":[{\"numeric\":[\">\",1,{}]}]}")]
    [InlineData("{\"a\":[{\"numeric\":[\"=\",1e99]}]}")]
    [InlineData("{\"a\":[{\"anything-but\":[]}]}")]
    [InlineData("{\"a\":[{\"anything-but\":[null]}]}")]
    [InlineData("{\"a\":[{\"anything-but\":{}}]}")]
    [InlineData("{\"a\":[{\"anything-but\":true}]}")]
    [InlineData("{\"a\":[{\"cidr\":\"10.0.0.0\"}]}")]
    [InlineData("{\"a\":[{\"cidr\":\"10.0.0.0/x\"}]}")]
    [InlineData("{\"a\":[{\"cidr\":\"10.0.0.0/99\"}]}")]
    [InlineData("{\"a\":[{\"cidr\":\"banana/8\"}]}")]
    [InlineData("{\"$or\":[{\"a\":[1]}]}")]
    [InlineData("{\"$or\":[{\"a\":[1]},5]}")]
    [InlineData("{\"$or\":[{\"a\":[1]},{}]}")]
    [InlineData("{\"a\":[1]} x")]
    public void What_is_none_is_refused(string policy) => Assert.Throws<FilterPolicyException>(() => FilterPolicy.Parse(policy, FilterPolicy.Body));

    [Fact]
    public void Broken_policies_never_break_the_reader()
    {
        var random = new Random(7);
        const string seed = """{"a":[{"numeric":[">",0,"<=",5]},"x",{"anything-but":{"prefix":"y"}}],"$or":[{"b":[{"exists":true}]},{"c":{"d":[null,{"cidr":"10.0.0.0/8"}]}}]}""";
        for (var round = 0; round < 20_000; round++)
        {
            var text = seed.ToCharArray();
            for (var change = random.Next(1, 4); change > 0; change--)
                text[random.Next(text.Length)] = "{}[]\",:01aé\\".ToCharArray()[random.Next(12)];
            try
            {
                FilterPolicy.Parse(new string(text, 0, random.Next(text.Length) + 1), FilterPolicy.Body);
            }
            catch (FilterPolicyException)
            {
            }
        }
    }
}
