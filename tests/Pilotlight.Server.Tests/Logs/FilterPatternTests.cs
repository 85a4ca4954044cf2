using System.Text;
using Pilotlight.Api;
using Pilotlight.Logs;

namespace Pilotlight.Server.Tests.Logs;

public sealed class FilterPatternTests
{
    const string Trail = """
        {"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],
         "objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"ThisFlag":true,"latency":512.5,"code":404,"detail-type":"x"}
        """;

    const string Users = """
        {"user":{"id":1,"email":"John.Stiles@example.com"},"users":[{"id":2,"email":"John.Doe@example.com"},{"id":3}],
         "actions":["GET","PUT","DELETE"],"coordinates":[[0,1,2],[4,5,6]]}
        """;

    const string Apache = "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";

    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("  ", "anything", true)]
    [InlineData("ERROR", "[ERROR 400] BAD REQUEST", true)]
    [InlineData("ERROR", "Exiting with ERRORCODE: -1", true)]
    [InlineData("ERROR", "[error] bad", false)]
    [InlineData("ERROR Exception", "[ERROR] Unhandled Exception", true)]
    [InlineData("ERROR Exception", "[ERROR] Unhandled", false)]
    [InlineData("\"two words\"", "has two words", true)]
    [InlineData("\"two words\"", "two more words", false)]
    [InlineData("\"say \\\"hi\\\"\"", "they say \"hi\"", true)]
    [InlineData("ERROR -WARN", "ERROR message", true)]
    [InlineData("ERROR -WARN", "ERROR WARN message", false)]
    [InlineData("\"ERROR\" - \"Exiting\"", "Exiting with ERRORCODE: -1", false)]
    [InlineData("-WARN", "fine", true)]
    [InlineData("?ERROR ?WARN", "WARN message", true)]
    [InlineData("?ERROR ?WARN", "INFO message", false)]
    [InlineData("?\"a b\" ?c", "xa by", true)]
    [InlineData("?ERROR ?ARGUMENTS REQUEST", "[INFO] REQUEST FAILED", true)]
    [InlineData("naïve", "a naïve line", true)]
    [InlineData("%AUTHORI[SZ]ED%", "UNAUTHORISED", true)]
    [InlineData("%^ERROR%", "an ERROR", false)]
    [InlineData("%10\\.10\\.0\\.1%", "from 10.10.0.1 today", true)]
    [InlineData("%10\\.10\\.0\\.1%", "from 10x10.0.1 today", false)]
    public void Matches_terms(string pattern, string message, bool expected) => Check(pattern, message, expected);

    [Theory]
    [InlineData("{ $.eventType = \"UpdateTrail\" }", true)]
    [InlineData("{$.eventType=UpdateTrail}", true)]
    [InlineData("{ $.eventType = \"*Trail\" }", true)]
    [InlineData("{ $.eventType = Update* }", true)]
    [InlineData("{ $.eventType = *date* }", true)]
    [InlineData("{ $.eventType = Up*Trail }", false)]
    [InlineData("{ $.eventType != UpdateTrail }", false)]
    [InlineData("{ $.sourceIPAddress != 123.123.* }", true)]
    [InlineData("{ $.arrayKey[0] = \"value\" }", true)]
    [InlineData("{ $.arrayKey[9] = \"value\" }", false)]
    [InlineData("{ $.objectList[1].id = 2 }", true)]
    [InlineData("{ $.SomeObject IS NULL }", true)]
    [InlineData("{ $.ThisFlag IS TRUE }", true)]
    [InlineData("{ $.ThisFlag IS FALSE }", false)]
    [InlineData("{ $.SomeOtherObject NOT EXISTS }", true)]
    [InlineData("{ $.SomeObject NOT EXISTS }", false)]
    [InlineData("{ $.latency > 500 && $.latency <= 512.5 }", true)]
    [InlineData("{ $.latency < 10e3 }", true)]
    [InlineData("{ $.latency > +1000 }", false)]
    [InlineData("{ $.latency = * }", true)]
    [InlineData("{ $.code = 4* }", true)]
    [InlineData("{ $.eventType > 3 }", false)]
    [InlineData("{ $.arrayKey = 1 }", false)]
    [InlineData("{ $.arrayKey != 1 }", false)]
    [InlineData("{ $.missing != 1 }", false)]
    [InlineData("{ $.detail-type = x }", true)]
    [InlineData("{ $.eventType = %^Up.*l$% }", true)]
    public void Matches_conditions_on_json(string pattern, bool expected) => Check(pattern, Trail, expected);

    [Theory]
    [InlineData("{ ($.user.id = 1) && ($.users[0].email = \"John.Doe@example.com\") }", true)]
    [InlineData("{ ($.user.id = 2 && $.users[0].email = \"nonmatch\") || $.actions[2] = \"GET\" }", false)]
    [InlineData("{ $.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }", true)]
    [InlineData("{ ($.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }", false)]
    [InlineData("{ $.coordinates[1][2] = 6 }", true)]
    public void Joins_conditions_as_the_manual_shows(string pattern, bool expected) => Check(pattern, Users, expected);

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"a\":")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    public void A_message_that_is_no_json_object_does_not_match(string message) => Check("{ $.a = * }", message, false);

    [Theory]
    [InlineData("[ip, user, username, timestamp, request, status_code, bytes]", true)]
    [InlineData("[ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]", true)]
    [InlineData("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", true)]
    [InlineData("[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]", false)]
    [InlineData("[ip, user, username, timestamp, request, status_code = 200 || status_code = 404, bytes]", true)]
    [InlineData("[..., status_code = 404, bytes]", true)]
    [InlineData("[ip, user, ..., bytes < 1000]", false)]
    [InlineData("[ip, user, ...]", true)]
    [InlineData("[..., request=*.html*, status_code=4*,]", true)]
    [InlineData("[ip=\"127.0.0.1\", ...]", true)]
    [InlineData("[ip=%127\\.0\\.0\\.[0-9]%, ...]", true)]
    [InlineData("[ip, user]", false)]
    [InlineData("[a,b,c,d,e,f,g,h]", false)]
    public void Matches_space_delimited_fields(string pattern, bool expected) => Check(pattern, Apache, expected);

    [Fact]
    public void Splits_report_lines_at_tabs_too() => Check(
        "[report=\"REPORT\", label=\"RequestId:\", id, d=\"Duration:\", duration > 3, ...]",
        "REPORT RequestId: 8f5e\tDuration: 3.01 ms\tBilled Duration: 4 ms\t\n", true);

    [Theory]
    [InlineData("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'")]
    [InlineData("{", "If a filter pattern starts with '{' it must end with '}'")]
    [InlineData("[a, b", "If a filter pattern starts with '[' it must end with ']'")]
    [InlineData("user@example.com", "Invalid character(s) in term '@'")]
    [InlineData("?Status: timeout", "Invalid character(s) in term ':'")]
    [InlineData("a(b)", "Invalid character(s) in term '('")]
    [InlineData("\"\"", "Invalid character(s) in term '\"\"'")]
    [InlineData("\"open", "Invalid filter pattern")]
    [InlineData("-", "Invalid filter pattern")]
    [InlineData("{}", "Invalid filter pattern")]
    [InlineData("{ $ = 1 }", "Invalid character(s) in term '='")]
    [InlineData("{ $.a }", "Invalid filter pattern")]
    [InlineData("{ $.a = }", "Invalid filter pattern")]
    [InlineData("{ $.a > b }", "Invalid filter pattern")]
    [InlineData("{ $.a = 1 && }", "Invalid filter pattern")]
    [InlineData("{ ($.a = 1 }", "Invalid filter pattern")]
    [InlineData("{ $.a = 1 $.b = 2 }", "Invalid character(s) in term '$'")]
    [InlineData("{ $.\"sc-status\" = 5* }", "Invalid character(s) in term '\"'")]
    [InlineData("{ $.a[99999999999] = 1 }", "Invalid filter pattern")]
    [InlineData("{ $.a IS MAYBE }", "Invalid character(s) in term 'M'")]
    [InlineData("[]", "Invalid filter pattern")]
    [InlineData("[..., a, ...]", "Invalid filter pattern")]
    [InlineData("[...fields, a]", "Invalid character(s) in term 'f'")]
    [InlineData("[a = 1 && b = 2]", "Invalid character(s) in term 'b'")]
    [InlineData("%unclosed", "Invalid filter pattern")]
    [InlineData("%%", "Invalid filter pattern")]
    [InlineData("%(a)%", "Invalid character(s) in term '('")]
    [InlineData("%a b%", "Invalid character(s) in term ' '")]
    [InlineData("%[%", "Invalid filter pattern")]
    [InlineData("%\\b%", "Invalid filter pattern")]
    [InlineData("%a% %b% %c%", "Invalid filter pattern")]
    public void Refuses_what_is_no_pattern(string pattern, string message)
    {
        var refused = Assert.Throws<AwsException>(() => FilterPattern.Parse(pattern));
        Assert.Equal("InvalidParameterException", refused.Error.Code);
        Assert.Equal(message, refused.Error.Message);
    }

    [Fact]
    public void Refuses_parentheses_without_end_instead_of_falling_over() =>
        Assert.Throws<AwsException>(() => FilterPattern.Parse("{" + new string('(', 1000) + "}"));

    [Fact]
    public void Refuses_an_expression_too_large_to_run_in_linear_time() =>
        Assert.Throws<AwsException>(() => FilterPattern.Parse("%[a-z]{1000}{1000}{1000}%"));

    [Fact]
    public void Every_random_pattern_parses_or_is_refused_and_matches_any_bytes()
    {
        var random = new Random(7);
        const string alphabet = "{}[]()$.=!<>&|\"%?-*, aA1_\\é:ISNULLNOTEXISTS";
        for (var round = 0; round < 20_000; round++)
        {
            var pattern = new string([.. Enumerable.Range(0, random.Next(24)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            if (round % 3 == 1)
                pattern = "{ $.a = " + pattern + " }";
            if (round % 3 == 2)
                pattern = "[a" + pattern + "]";
            var message = new byte[random.Next(40)];
            random.NextBytes(message);
            try
            {
                FilterPattern.Parse(pattern).Matches(message);
            }
            catch (AwsException refused)
            {
                Assert.Equal("InvalidParameterException", refused.Error.Code);
            }
        }
    }

    static void Check(string pattern, string message, bool expected) =>
        Assert.Equal(expected, FilterPattern.Parse(pattern).Matches(Encoding.UTF8.GetBytes(message)));
}
