using System.Text;

namespace Pilotlight.Iam.Tests;

/// <summary>What IAM refuses, in its words.</summary>
public sealed class GrammarTests
{
    const string Good = "'Effect':'Allow','Action':'s3:*','Resource':'*'";

    static string? Error(string json, PolicyKind kind = PolicyKind.Managed) =>
        Policy.TryParse(json.Replace('\'', '"'), kind, "test", out var error) is null ? error!.Message : null;

    static string Document(string statement) => $"{{'Version':'2012-10-17','Statement':{{{statement}}}}}";

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{'Version':'2012-10-17',}")]
    [InlineData("// a comment\n{}")]
    [InlineData("{'Version':'\\ud800'}")]
    public void What_is_no_JSON(string json) => Assert.Equal("This policy contains invalid Json", Error(json));

    [Theory]
    [InlineData("[]")]
    [InlineData("'text'")]
    [InlineData("{'Version':'2012-10-17'}")]
    [InlineData("{'Version':'2012-10-17','Statement':[]}")]
    [InlineData("{'Version':'2012-10-17','Statement':'x'}")]
    [InlineData("{'Version':'2012-10-17','Statement':[[]]}")]
    [InlineData("{'Version':'2013-10-17','Statement':{" + Good + "}}")]
    [InlineData("{'Version':'2012-10-17','Id':1,'Statement':{" + Good + "}}")]
    [InlineData("{'Version':'2012-10-17','Extra':1,'Statement':{" + Good + "}}")]
    [InlineData("{'Version':'2012-10-17','Version':'2012-10-17','Statement':{" + Good + "}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Extra':1}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{'Action':'s3:*','Resource':'*'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{'Effect':'Permit','Action':'s3:*','Resource':'*'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':1,'Resource':'*'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':['s3:*',null],'Resource':'*'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'NotAction':'s3:*'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'NotResource':'*'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Sid':5}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Effect':'Deny'}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Condition':[]}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Condition':{'StringMatches':{'a:b':'c'}}}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Condition':{'NullIfExists':{'a:b':'true'}}}}")]
    [InlineData("{'Version':'2012-10-17','Statement':{" + Good + ",'Condition':{'StringEquals':{'a:b':{}}}}}")]
    public void What_is_no_policy(string json) => Assert.Equal("Syntax errors in policy.", Error(json));

    [Theory]
    [InlineData("{'Statement':{" + Good + "}}", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("{'Version':'2008-10-17','Statement':{" + Good + "}}", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("{'Version':'2012-10-17','Statement':[{'Sid':'a'," + Good + "},{'Sid':'a'," + Good + "}]}", "Statement IDs (SID) in a single policy must be unique.")]
    public void Versions_and_sids(string json, string message) => Assert.Equal(message, Error(json));

    [Theory]
    [InlineData("'Effect':'allow','Action':'s3:*','Resource':'*'", "The policy failed legacy parsing")]
    [InlineData(Good + ",'Condition':{'DateLessThan':{'a:b':'yesterday'}}", "The policy failed legacy parsing")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'arn:aws::x'", "The policy failed legacy parsing")]
    [InlineData("'Effect':'Allow','Resource':'*'", "Policy statement must contain actions.")]
    [InlineData("'Effect':'Allow','Action':[],'Resource':'*'", "Policy statement must contain actions.")]
    [InlineData("'Effect':'Allow','Action':'s3:*'", "Policy statement must contain resources.")]
    [InlineData("'Effect':'Allow','Action':'invalid','Resource':'*'", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("'Effect':'Allow','Action':'a:b:c','Resource':'*'", "Actions/Condition can contain only one colon.")]
    [InlineData("'Effect':'Allow','Action':'s*:x','Resource':'*'", "Vendor s* is not valid")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'bucket'", "Resource bucket must be in ARN format or \"*\".")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'arn:azure:s3:::b'", "Partition \"azure\" is not valid for resource \"arn:azure:s3:::b\".")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'arn:aws'", "Resource vendor must be fully qualified and cannot contain regexes.")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:s3:us-east-1::b'", "Resource arn:aws:s3:us-east-1::b can not contain region information.")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:iam:us-east-1:000000000000:user/x'", "IAM resource arn:aws:iam:us-east-1:000000000000:user/x cannot contain region information.")]
    [InlineData("'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:iam::000000000000:u*'",
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.")]
    [InlineData(Good + ",'Principal':'*'", "Policy document should not specify a principal.")]
    public void What_an_identity_policy_cannot_say(string statement, string message) => Assert.Equal(message, Error(Document(statement)));

    [Theory]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','Principal':{'Service':'lambda.amazonaws.com'}", null)]
    [InlineData("'Effect':'Allow','Action':['sts:AssumeRole','sts:TagSession'],'Principal':{'AWS':['000000000000','arn:aws:iam::000000000000:user/a/b']}", null)]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','Principal':{'AWS':'*'},'Resource':'*'", "Has prohibited field Resource")]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole'", "Missing required field Principal")]
    [InlineData("'Effect':'Allow','Action':'s3:GetObject','Principal':'*'", "AssumeRole policy may only specify STS AssumeRole actions.")]
    [InlineData("'Effect':'Allow','Action':'sts:GetCallerIdentity','Principal':'*'", "AssumeRole policy may only specify STS AssumeRole actions.")]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','NotPrincipal':{'AWS':'000000000000'}", "Allow with NotPrincipal is not allowed.")]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','Principal':{'Service':'lambda'}", "Invalid principal in policy: \"SERVICE\":\"lambda\"")]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','Principal':{'AWS':'alice'}", "Invalid principal in policy: \"AWS\":\"alice\"")]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','Principal':{'AWS':'arn:aws:iam::000000000000:user/*'}", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::000000000000:user/*\"")]
    [InlineData("'Effect':'Allow','Action':'sts:AssumeRole','Principal':{'AWS':'arn:aws:iam::000000000000:group/g'}", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::000000000000:group/g\"")]
    public void What_a_trust_policy_can_say(string statement, string? message) => Assert.Equal(message, Error(Document(statement), PolicyKind.Trust));

    [Fact]
    public void A_session_policy_names_whole_ARNs()
    {
        Assert.Null(Error(Document("'Effect':'Allow','Action':'sqs:*','Resource':'arn:aws:sqs:*:*:*'"), PolicyKind.Session));
        Assert.NotNull(Error(Document("'Effect':'Allow','Action':'sqs:*','Resource':'arn:aws:sqs'"), PolicyKind.Session));
        Assert.Null(Error(Document("'Effect':'Allow','Action':'sqs:*','Resource':'arn:aws:sqs'"), PolicyKind.Identity));
    }

    [Fact]
    public void White_space_between_tokens_does_not_count()
    {
        Assert.Equal("""{"a":"b c\" d"}""".Length, Policy.SizeOf("{ \"a\" :\n\t\"b c\\\" d\" }"));
    }

    [Fact]
    public void Statements_know_their_place_in_the_text()
    {
        var policy = Policy.Parse("{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}", PolicyKind.Identity, "p");
        Assert.Equal((new TextPosition(3, 3), new TextPosition(3, 49)), (policy.Statements[0].Start, policy.Statements[0].End));
    }

    [Fact]
    public void Whatever_bytes_come_it_is_a_policy_or_an_error()
    {
        var random = new Random(5);
        var good = Encoding.UTF8.GetBytes(Document(
            "'Sid':'x','Effect':'Allow','Action':['s3:Get*','sqs:*'],'Resource':['arn:aws:s3:::b/${aws:username, \\u0027y\\u0027}','*'],'Condition':{'ForAllValues:StringLikeIfExists':{'a:b':['x*',true,7]},'IpAddress':{'c:d':'10.0.0.0/8'},'DateLessThan':{'e:f':'2024-01-01'}}")
            .Replace('\'', '"'));
        var pieces = new[] { "\"", "{", "}", "[", "]", ",", ":", "null", "1e999", "\\u0000", "\uFDD0", "${", "${a", "'", "*", "?", "Allow", "arn:", "\"Principal\":{\"AWS\":\"*\"},", "\"NotAction\":\"a:b\"," }
            .Select(Encoding.UTF8.GetBytes).ToArray();
        var parsed = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good.ToList();
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at - 1));
                        break;
                    default:
                        bytes.InsertRange(at, pieces[random.Next(pieces.Length)]);
                        break;
                }
            }

            foreach (var kind in Enum.GetValues<PolicyKind>())
            {
                var policy = PolicyReader.TryRead([.. bytes], kind, "fuzz", out var error);
                Assert.Equal(policy is null, error is not null);
                if (policy is null)
                    continue;
                parsed++;
                var side = new PrincipalPolicies { Identity = [policy], PermissionsBoundary = policy, Session = [policy] };
                Evaluator.Decide(Ask.Request(Ask.User(), keys: new ConditionTable { ["a:b"] = new[] { "x", "" }, ["c:d"] = "x" }), side, ResourcePolicies.Of(policy));
            }
        }

        Assert.True(parsed > 100);
    }

    [Fact]
    public void Deep_nesting_is_an_error_and_not_a_stack_overflow() =>
        Assert.Equal("This policy contains invalid Json", Error(string.Concat(Enumerable.Repeat("[", 100_000))));
}
