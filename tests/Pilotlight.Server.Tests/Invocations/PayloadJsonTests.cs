using System.Text;
using Pilotlight.Invocations;

namespace Pilotlight.Tests.Invocations;

public sealed class PayloadJsonTests
{
    const string At = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ";
    const string Before = "Could not parse request body into json: Could not parse payload into json: ";

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData(" [1, 2.5e-3, \"a\\u00e9\\n\", true, false, {\"a\": {}}] ")]
    [InlineData("\"text\"")]
    [InlineData("-0")]
    public void Any_json_value_is_accepted(string payload) => Assert.Null(PayloadJson.Problem(Encoding.UTF8.GetBytes(payload)));

    [Fact]
    public void Recorded_invalid_start_byte() => Assert.Equal(
        $"{Before}Invalid UTF-8 start byte 0x87{At}1, column: 3]", PayloadJson.Problem([0x6e, 0x87, 0x01]));

    [Fact]
    public void Recorded_unexpected_control_character() => Assert.Equal(
        $"{Before}Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'){At}1, column: 1]",
        PayloadJson.Problem([0x99, 0x6e]));

    [Theory]
    [InlineData("foo", "Unrecognized token 'foo': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 1, 4)]
    [InlineData("not json", "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 1, 5)]
    [InlineData("{foo:1}", "Unexpected character ('f' (code 102)): was expecting double-quote to start field name", 1, 2)]
    [InlineData("{\"a\" 1}", "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 1, 6)]
    [InlineData("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 4)]
    [InlineData("{\"a\":1,\n}", "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 2, 1)]
    [InlineData("'a'", "Unexpected character (''' (code 39)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 1, 1)]
    [InlineData("{\"a\"", "Unexpected end-of-input within/between Object entries", 1, 5)]
    [InlineData("{\"a\": ", "Unexpected end-of-input within/between Object entries", 1, 7)]
    [InlineData("{\"a\":1,", "Unexpected end-of-input within/between Object entries", 1, 8)]
    [InlineData("[1,", "Unexpected end-of-input within/between Array entries", 1, 4)]
    [InlineData("{\"a\":[1", "Unexpected end-of-input: expected close marker for Array (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 6])", 1, 8)]
    [InlineData("{\"a\":1", "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])", 1, 7)]
    public void Says_what_and_where(string payload, string text, int line, int column) =>
        Assert.Equal($"{Before}{text}{At}{line}, column: {column}]", PayloadJson.Problem(Encoding.UTF8.GetBytes(payload)));

    [Fact]
    public void Never_fails_on_random_bytes()
    {
        var random = new Random(7);
        var alphabet = "{}[]\",:0123456789.eE+-ntfulasr\\ \n\u00e9"u8.ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 40)];
            for (var j = 0; j < bytes.Length; j++)
                bytes[j] = random.Next(10) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
            var problem = PayloadJson.Problem(bytes);
            Assert.True(problem is null || problem.StartsWith(Before, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Deep_nesting_is_refused_and_does_not_overflow() =>
        Assert.Contains("nesting depth", PayloadJson.Problem(Encoding.UTF8.GetBytes(new string('[', 100_000))));
}
