using System.Text.Json;

namespace Pilotlight.Iam.Tests;

/// <summary>What a statement applies to: actions, resources, variables and conditions, one table each.</summary>
public sealed class LanguageTests
{
    static bool Applies(string statement, AccessRequest request) => Evaluator.Decide(request, Ask.With(statement), ResourcePolicies.None).IsAllowed;

    [Theory]
    [InlineData("lambda:InvokeFunction", true)]
    [InlineData("LAMBDA:invokefunction", true)]
    [InlineData("lambda:*", true)]
    [InlineData("lambda:Invoke*", true)]
    [InlineData("lambda:*Function", true)]
    [InlineData("lambda:?nvokeFunctio?", true)]
    [InlineData("lambda:InvokeFunction?", false)]
    [InlineData("lambda:Invoke", false)]
    [InlineData("sqs:*", false)]
    [InlineData("*", true)]
    public void Actions(string action, bool applies)
    {
        Assert.Equal(applies, Applies($"'Effect':'Allow','Action':'{action}','Resource':'*'", Ask.Request(Ask.User())));
        Assert.Equal(!applies, Applies($"'Effect':'Allow','NotAction':['{action}','x:y'],'Resource':'*'", Ask.Request(Ask.User())));
    }

    [Theory]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:f", Ask.Function, true)]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:F", Ask.Function, false)]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:f", Ask.Function + ":1", false)]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:f*", Ask.Function + ":1", true)]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:f:*", Ask.Function, false)]
    [InlineData("arn:aws:lambda:*:*:function:f", Ask.Function, true)]
    [InlineData("arn:aws:lambda:us-?ast-1:000000000000:function:f", Ask.Function, true)]
    [InlineData("arn:aws:lambda:us-*:function:f", Ask.Function, true)] // ends a segment: reaches over colons
    [InlineData("arn:aws:lambda:*st-1:function:f", Ask.Function, false)] // does not
    [InlineData("arn:aws:lambda:*:f", Ask.Function, false)] // is completed to arn:aws:lambda:*:f:*
    [InlineData("arn:aws:lambda:*", Ask.Function, true)]
    [InlineData("arn:aws:lambda", Ask.Function, true)] // incomplete: the missing fields are any
    [InlineData("arn:aws:sqs", Ask.Function, false)]
    [InlineData("arn:*:lambda:us-east-1:000000000000:*", Ask.Function, true)]
    [InlineData("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true)]
    [InlineData("arn:aws:s3:::b/*", "arn:aws:s3:::b", false)]
    [InlineData("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true)]
    [InlineData("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/a", false)]
    [InlineData("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/x", true)]
    [InlineData("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/x", false)]
    [InlineData("arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/blue/x", false)]
    [InlineData("arn:aws:s3:::b/${aws:PrincipalTag/team, 'blue'}/*", "arn:aws:s3:::b/blue/x", true)]
    [InlineData("*", "arn:aws:s3:::b", true)]
    public void Resources(string pattern, string resource, bool applies) =>
        Assert.Equal(applies, Applies($"'Effect':'Allow','Action':'*','Resource':{Json(pattern)}", Ask.Request(Ask.User(), "s3:GetObject", resource) with { ResourceAccountId = Ask.Account }));

    [Fact]
    public void NotResource_is_everything_else_but_not_where_a_variable_has_no_value()
    {
        Assert.True(Applies("'Effect':'Allow','Action':'*','NotResource':'arn:aws:sqs:*:*:*'", Ask.Request(Ask.User())));
        Assert.False(Applies("'Effect':'Allow','Action':'*','NotResource':['arn:aws:sqs:*:*:*','arn:aws:lambda:*:*:*']", Ask.Request(Ask.User())));
        Assert.False(Applies("'Effect':'Allow','Action':'*','NotResource':'arn:aws:s3:::b/${aws:PrincipalTag/team}'", Ask.Request(Ask.User())));
    }

    [Fact]
    public void A_value_cannot_bring_wildcards_in()
    {
        var request = Ask.Request(Ask.User("*"), "s3:GetObject", "arn:aws:s3:::b/alice") with { ResourceAccountId = Ask.Account };
        Assert.False(Applies("'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/${aws:username}'", request));
        Assert.False(Applies("'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringLike':{'s3:prefix':'${aws:username}'}}", request with { Context = new ConditionTable { ["s3:prefix"] = "x" } }));
        // The characters that stand for wildcards inside can come from nobody.
        var sly = Ask.Request(Ask.User("\uFDD0"), "s3:GetObject", "arn:aws:s3:::b/alice") with { ResourceAccountId = Ask.Account };
        Assert.False(Applies("'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/${aws:username}'", sly));
        Assert.False(Applies("'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/\uFDD0'", request));
        // "${aws:username}" as somebody's tag is text.
        var nested = Ask.User() with { Tags = Principal.TagTable([KeyValuePair.Create("team", "${aws:username}")]) };
        Assert.False(Applies("'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::b/${aws:PrincipalTag/team}'", Ask.Request(nested, "s3:GetObject", "arn:aws:s3:::b/alice") with { ResourceAccountId = Ask.Account }));
    }

    [Fact]
    public void Policies_of_2008_know_no_variables()
    {
        var policy = Policy.Parse("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}"}}""", PolicyKind.Identity, "old");
        bool Allows(string key) => Evaluator.Decide(
            Ask.Request(Ask.User(), "s3:GetObject", $"arn:aws:s3:::b/{key}") with { ResourceAccountId = Ask.Account },
            new PrincipalPolicies { Identity = [policy] }, ResourcePolicies.None).IsAllowed;
        Assert.False(Allows("alice"));
        Assert.True(Allows("${aws:username}"));
    }

    [Theory]
    [InlineData("StringEquals", "blue", "blue", true)]
    [InlineData("StringEquals", "blue", "Blue", false)]
    [InlineData("StringEquals", "b*", "blue", false)]
    [InlineData("StringEquals", "b*", "b*", true)]
    [InlineData("StringNotEquals", "blue", "red", true)]
    [InlineData("StringNotEquals", "blue", "blue", false)]
    [InlineData("StringNotEquals", "blue", null, true)]
    [InlineData("StringEqualsIgnoreCase", "blue", "BLUE", true)]
    [InlineData("StringNotEqualsIgnoreCase", "blue", "BLUE", false)]
    [InlineData("StringLike", "b*e", "blue", true)]
    [InlineData("StringLike", "b?ue", "blue", true)]
    [InlineData("StringLike", "B*", "blue", false)]
    [InlineData("StringLike", "*", "", true)]
    [InlineData("StringNotLike", "b*", "red", true)]
    [InlineData("StringEquals", "blue", null, false)]
    [InlineData("StringEqualsIfExists", "blue", null, true)]
    [InlineData("StringEqualsIfExists", "blue", "red", false)]
    [InlineData("StringEquals", "${aws:username}", "alice", true)]
    [InlineData("StringEquals", "${aws:nothing}", "${aws:nothing}", false)]
    [InlineData("StringNotEquals", "${aws:nothing}", "x", false)]
    [InlineData("StringNotEquals", "${aws:nothing, 'y'}", "x", true)]
    [InlineData("NumericEquals", "10", "10.0", true)]
    [InlineData("NumericNotEquals", "10", "11", true)]
    [InlineData("NumericLessThan", "10", "9.5", true)]
    [InlineData("NumericLessThan", "10", "10", false)]
    [InlineData("NumericLessThanEquals", "10", "10", true)]
    [InlineData("NumericGreaterThan", "-1", "0", true)]
    [InlineData("NumericGreaterThanEquals", "10", "9", false)]
    [InlineData("NumericEquals", "10", "ten", false)]
    [InlineData("NumericNotEquals", "ten", "10", false)]
    [InlineData("DateEquals", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", true)]
    [InlineData("DateEquals", "1704067200", "2024-01-01T00:00:00Z", true)]
    [InlineData("DateLessThan", "2024-01-02", "2024-01-01T23:59:59.999Z", true)]
    [InlineData("DateGreaterThan", "2024-01-01T00:00:00Z", "2023-12-31T23:59:59Z", false)]
    [InlineData("DateNotEquals", "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", true)]
    [InlineData("DateLessThanEquals", "2024-01-01T00:00:00Z", "not a date", false)]
    [InlineData("Bool", "true", "TRUE", true)]
    [InlineData("Bool", "true", "false", false)]
    [InlineData("Bool", "true", null, false)]
    [InlineData("BoolIfExists", "true", null, true)]
    [InlineData("BinaryEquals", "AQID", "AQID", true)]
    [InlineData("BinaryEquals", "AQID", "AQIE", false)]
    [InlineData("BinaryEquals", "AQID", "***", false)]
    [InlineData("IpAddress", "203.0.113.0/24", "203.0.113.255", true)]
    [InlineData("IpAddress", "203.0.113.0/25", "203.0.113.128", false)]
    [InlineData("IpAddress", "203.0.113.77/24", "203.0.113.1", true)]
    [InlineData("IpAddress", "0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("IpAddress", "0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("IpAddress", "2001:db8::/32", "2001:DB8:0:0::1", true)]
    [InlineData("IpAddress", "10.0.0.1", "10.0.0.1", true)]
    [InlineData("IpAddress", "10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("IpAddress", "10.0.0.0/33", "10.0.0.0", false)]
    [InlineData("IpAddress", "10.0.0.0/8", "10", false)]
    [InlineData("NotIpAddress", "10.0.0.0/8", "11.0.0.1", true)]
    [InlineData("NotIpAddress", "10.0.0.0/8", "10.0.0.1", false)]
    [InlineData("NotIpAddress", "10.0.0.0/99", "11.0.0.1", false)]
    [InlineData("ArnLike", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", true)]
    [InlineData("ArnEquals", "arn:aws:sns:*:*:t", "arn:aws:sns:us-east-1:1:t", true)]
    [InlineData("ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:us-east-1:1:t", false)]
    [InlineData("ArnLike", "arn:aws:sns:us-*:t:x:y", "arn:aws:sns:us-east-1:t:x:y", true)]
    [InlineData("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", true)]
    [InlineData("ArnNotLike", "arn:aws:s3:::*", "arn:aws:s3:::c", false)]
    [InlineData("ArnNotLike", "*", "arn:aws:s3:::c", false)]
    [InlineData("Null", "true", null, true)]
    [InlineData("Null", "true", "x", false)]
    [InlineData("Null", "false", "x", true)]
    public void Conditions(string name, string expected, string? actual, bool passes)
    {
        var keys = actual is null ? new ConditionTable() : new ConditionTable { ["Test:Key"] = actual };
        Assert.Equal(passes, Applies($"'Effect':'Allow','Action':'*','Resource':'*','Condition':{{'{name}':{{'test:key':{Json(expected)}}}}}", Ask.Request(Ask.User(), keys: keys)));
    }

    [Theory]
    [InlineData("ForAllValues:StringEquals", "a,b", "a", true)]
    [InlineData("ForAllValues:StringEquals", "a,b", "a,b,a", true)]
    [InlineData("ForAllValues:StringEquals", "a,b", "a,c", false)]
    [InlineData("ForAllValues:StringEquals", "a,b", "", true)]
    [InlineData("ForAllValues:StringEquals", "a,b", null, true)]
    [InlineData("ForAnyValue:StringEquals", "a,b", "c,b", true)]
    [InlineData("ForAnyValue:StringEquals", "a,b", "c,d", false)]
    [InlineData("ForAnyValue:StringEquals", "a,b", "", false)]
    [InlineData("ForAnyValue:StringEquals", "a,b", null, false)]
    [InlineData("ForAllValues:StringNotEquals", "a,b", "c,d", true)]
    [InlineData("ForAllValues:StringNotEquals", "a,b", "c,a", false)]
    [InlineData("ForAllValues:StringNotEquals", "a,b", null, true)]
    [InlineData("ForAnyValue:StringNotEquals", "a,b", "a,c", true)]
    [InlineData("ForAnyValue:StringNotEquals", "a,b", "a,b", false)]
    [InlineData("ForAnyValue:StringNotEquals", "a,b", null, false)]
    [InlineData("ForAnyValue:StringLikeIfExists", "a*", null, true)]
    [InlineData("ForAllValues:StringLikeIfExists", "a*", "ab,ac", true)]
    [InlineData("StringEquals", "a", "a", false)] // a list, and no set operator
    [InlineData("StringNotEquals", "a", "b", false)]
    public void Lists(string name, string expected, string? actual, bool passes)
    {
        var keys = actual is null ? new ConditionTable() : new ConditionTable { ["test:keys"] = actual.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        var values = string.Join(',', expected.Split(',').Select(value => $"'{value}'"));
        Assert.Equal(passes, Applies($"'Effect':'Allow','Action':'*','Resource':'*','Condition':{{'{name}':{{'test:keys':[{values}]}}}}", Ask.Request(Ask.User(), keys: keys)));
    }

    [Fact]
    public void Operators_and_keys_must_all_pass_and_values_may_be_any()
    {
        const string statement = "'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringEquals':{'a:x':['1','2'],'a:y':'3'},'Bool':{'a:z':true}}";
        bool With(string x, string y, string z) => Applies(statement, Ask.Request(Ask.User(), keys: new ConditionTable { ["a:x"] = x, ["a:y"] = y, ["a:z"] = z }));
        Assert.True(With("1", "3", "true"));
        Assert.True(With("2", "3", "true"));
        Assert.False(With("3", "3", "true"));
        Assert.False(With("1", "1", "true"));
        Assert.False(With("1", "3", "false"));
    }

    [Fact]
    public void Keys_of_the_principal_and_of_time_need_not_be_given()
    {
        bool Passes(Principal who, string test) => Evaluator.Decide(
            Ask.Request(who) with { Time = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero) },
            Ask.With($"'Effect':'Allow','Action':'*','Resource':'*','Condition':{test}"),
            ResourcePolicies.Of(Ask.Resource($"'Effect':'Allow','Action':'*','Principal':'*','Condition':{test}"))).IsAllowed;
        Assert.True(Passes(Ask.User(), "{'StringEquals':{'AWS:USERNAME':'alice','aws:userid':'AIDAALICEALICEALICE1','aws:PrincipalType':'User','aws:PrincipalAccount':'000000000000'}}"));
        Assert.True(Passes(Ask.Session("p/worker"), "{'ArnEquals':{'aws:PrincipalArn':'arn:aws:iam::*:role/p/worker'},'Null':{'aws:username':'true'}}"));
        Assert.True(Passes(Ask.Service("s3.amazonaws.com"), "{'Bool':{'aws:PrincipalIsAWSService':'true'},'StringEquals':{'aws:PrincipalServiceName':'s3.amazonaws.com'}}"));
        Assert.True(Passes(Ask.User() with { Tags = Principal.TagTable([KeyValuePair.Create("Team", "blue")]) }, "{'StringEquals':{'aws:principaltag/TEAM':'blue'}}"));
        Assert.True(Passes(Ask.User() with { OrganizationId = "o-1", OrganizationPath = "o-1/r-1/ou-1/" }, "{'StringEquals':{'aws:PrincipalOrgID':'o-1'},'ForAnyValue:StringLike':{'aws:PrincipalOrgPaths':'o-1/r-1/*'}}"));
        Assert.True(Passes(Ask.User(), "{'DateEquals':{'aws:CurrentTime':'2025-01-01T00:00:00Z'},'NumericEquals':{'aws:EpochTime':'1735689600'},'StringEquals':{'aws:ResourceAccount':'000000000000'}}"));
        Assert.True(Passes(Ask.Session() with { SessionKeys = new ConditionTable { ["lambda:SourceFunctionArn"] = Ask.Function } }, "{'ArnEquals':{'lambda:SourceFunctionArn':'" + Ask.Function + "'}}"));
        Assert.True(Passes(Principal.Anonymous, "{'StringEquals':{'aws:userid':'anonymous','aws:PrincipalType':'Anonymous'},'Null':{'aws:PrincipalArn':'true'}}"));
    }

    static string Json(string text) => JsonSerializer.Serialize(text).Replace("'", "\\u0027", StringComparison.Ordinal);
}
