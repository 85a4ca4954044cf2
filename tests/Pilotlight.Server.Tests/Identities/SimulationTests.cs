using System.Net;
using System.Text;
using System.Xml.Linq;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

/// <summary>What would be, asked over real HTTP and answered by the evaluator that judges real requests.</summary>
public sealed class SimulationTests : IAsyncLifetime
{
    const string Allow = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}]}""";
    const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)), roles: RolesAtStart.None);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task<(HttpStatusCode Status, XElement Xml)> AskAsync(string action, params (string Name, string Value)[] members)
    {
        var form = string.Join('&', members.Prepend(("Version", "2010-05-08")).Prepend(("Action", action))
            .Select(member => $"{Uri.EscapeDataString(member.Item1)}={Uri.EscapeDataString(member.Item2)}"));
        using var response = await new SignedClient(_server.Endpoint).SendAsync("iam", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(form));
        var xml = XElement.Parse(await response.Content.ReadAsStringAsync());
        foreach (var element in xml.DescendantsAndSelf())
            element.Name = element.Name.LocalName;
        return (response.StatusCode, xml);
    }

    static string[] All(XElement xml, string name) => [.. xml.Descendants(name).Select(element => element.Value)];

    [Fact]
    public async Task Policies_of_nobody_are_asked_each_action_on_each_resource()
    {
        var (status, xml) = await AskAsync("SimulateCustomPolicy",
            ("PolicyInputList.member.1", Allow),
            ("PolicyInputList.member.2", """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}}"""),
            ("ActionNames.member.1", "s3:GetObject"), ("ActionNames.member.2", "s3:DeleteObject"), ("ActionNames.member.3", "sqs:SendMessage"),
            ("ResourceArns.member.1", "arn:aws:s3:::b/x"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["allowed", "explicitDeny", "implicitDeny"], All(xml, "EvalDecision"));
        Assert.Equal(["allowed", "explicitDeny", "implicitDeny"], All(xml, "EvalResourceDecision"));
        var results = xml.Descendants("EvaluationResults").Single().Elements("member").ToArray();
        Assert.Equal("PolicyInputList.1", results[0].Element("MatchedStatements")!.Element("member")!.Element("SourcePolicyId")!.Value);
        Assert.Equal("IAM Policy", results[0].Element("MatchedStatements")!.Element("member")!.Element("SourcePolicyType")!.Value);
        Assert.Equal("PolicyInputList.2", results[1].Element("MatchedStatements")!.Element("member")!.Element("SourcePolicyId")!.Value);
        Assert.Equal("1", results[1].Descendants("StartPosition").First().Element("Line")!.Value);
        Assert.Empty(results[2].Element("MatchedStatements")!.Elements());
        Assert.Equal("false", xml.Descendants("IsTruncated").Single().Value);
    }

    [Fact]
    public async Task Keys_that_policies_test_and_nobody_gave_are_missing()
    {
        const string policy =
            """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}","Condition":{"StringEquals":{"aws:RequestTag/team":"blue"},"NumericLessThan":{"s3:max-keys":"10"}}}}""";
        (string, string)[] question = [("PolicyInputList.member.1", policy), ("ActionNames.member.1", "s3:GetObject"), ("ResourceArns.member.1", "arn:aws:s3:::b/alice")];
        var (_, xml) = await AskAsync("SimulateCustomPolicy", question);
        Assert.Equal(["implicitDeny"], All(xml, "EvalDecision"));
        Assert.Contains("aws:username", xml.Descendants("MissingContextValues").First().Elements("member").Select(element => element.Value));

        (string, string)[] Entry(int number, string name, string type, string value) =>
        [
            ($"ContextEntries.member.{number}.ContextKeyName", name), ($"ContextEntries.member.{number}.ContextKeyType", type),
            ($"ContextEntries.member.{number}.ContextKeyValues.member.1", value),
        ];
        (_, xml) = await AskAsync("SimulateCustomPolicy",
            [.. question, .. Entry(1, "aws:username", "string", "alice"), .. Entry(2, "aws:requesttag/TEAM", "string", "blue"), .. Entry(3, "s3:max-keys", "numeric", "5")]);
        Assert.Equal(["allowed"], All(xml, "EvalDecision"));
        Assert.Empty(xml.Descendants("MissingContextValues").First().Elements());
        var (status, refused) = await AskAsync("SimulateCustomPolicy", [.. question, .. Entry(1, "s3:max-keys", "numeric", "many")]);
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidInput"), (status, refused.Descendants("Code").Single().Value));
        (_, xml) = await AskAsync("GetContextKeysForCustomPolicy", ("PolicyInputList.member.1", policy));
        Assert.Equal(["aws:RequestTag/team", "s3:max-keys", "aws:username"], xml.Descendants("ContextKeyNames").Single().Elements("member").Select(element => element.Value));
    }

    [Fact]
    public async Task A_role_is_asked_with_its_policies_and_its_boundary()
    {
        await AskAsync("CreateRole", ("RoleName", "worker"), ("AssumeRolePolicyDocument", Trust), ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonSQSFullAccess"));
        await AskAsync("PutRolePolicy", ("RoleName", "worker"), ("PolicyName", "files"), ("PolicyDocument", Allow));
        await AskAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonSQSFullAccess"));
        const string role = "arn:aws:iam::000000000000:role/worker";
        var (status, xml) = await AskAsync("SimulatePrincipalPolicy", ("PolicySourceArn", role),
            ("ActionNames.member.1", "sqs:SendMessage"), ("ActionNames.member.2", "s3:GetObject"), ("ResourceArns.member.1", "arn:aws:s3:::b/x"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["allowed", "implicitDeny"], All(xml, "EvalDecision"));
        Assert.Equal("AmazonSQSFullAccess", All(xml, "SourcePolicyId")[0]);
        var results = xml.Descendants("EvaluationResults").Single().Elements("member").ToArray();
        Assert.Equal(["true", "false"], results.Select(result => result.Element("PermissionsBoundaryDecisionDetail")!.Value));

        (_, xml) = await AskAsync("SimulatePrincipalPolicy", ("PolicySourceArn", role), ("ActionNames.member.1", "s3:GetObject"),
            ("ResourceArns.member.1", "arn:aws:s3:::b/x"), ("PermissionsBoundaryPolicyInputList.member.1", Allow));
        Assert.Equal(["allowed"], All(xml, "EvalDecision"));
        (status, xml) = await AskAsync("SimulatePrincipalPolicy", ("PolicySourceArn", role + "x"), ("ActionNames.member.1", "s3:GetObject"));
        Assert.Equal((HttpStatusCode.NotFound, "NoSuchEntity"), (status, xml.Descendants("Code").Single().Value));
    }

    [Fact]
    public async Task A_resource_policy_needs_a_caller_and_grants_to_it()
    {
        await AskAsync("CreateUser", ("UserName", "alice"));
        const string resource = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::000000000000:user/alice"}}}""";
        (string, string)[] question = [("ActionNames.member.1", "sqs:SendMessage"), ("ResourcePolicy", resource), ("ResourceArns.member.1", "arn:aws:sqs:us-east-1:000000000000:q")];
        var (_, xml) = await AskAsync("SimulatePrincipalPolicy", [.. question, ("PolicySourceArn", "arn:aws:iam::000000000000:user/alice")]);
        Assert.Equal(["allowed"], All(xml, "EvalDecision"));
        Assert.Equal(["ResourcePolicy"], All(xml, "SourcePolicyId").Distinct());
        var (status, _) = await AskAsync("SimulateCustomPolicy", [.. question, ("PolicyInputList.member.1", Allow)]);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        (_, xml) = await AskAsync("SimulateCustomPolicy", [.. question, ("PolicyInputList.member.1", Allow), ("CallerArn", "arn:aws:iam::111122223333:user/bob")]);
        Assert.Equal(["implicitDeny"], All(xml, "EvalDecision"));
    }

    [Fact]
    public async Task Results_come_in_pages_and_bad_questions_are_refused()
    {
        (string, string)[] question = [("PolicyInputList.member.1", Allow), .. Enumerable.Range(1, 5).Select(number => ($"ActionNames.member.{number}", $"s3:Get{number}"))];
        var (_, xml) = await AskAsync("SimulateCustomPolicy", [.. question, ("MaxItems", "3")]);
        Assert.Equal(["s3:Get1", "s3:Get2", "s3:Get3"], All(xml, "EvalActionName"));
        var marker = All(xml, "Marker").Single();
        (_, xml) = await AskAsync("SimulateCustomPolicy", [.. question, ("MaxItems", "3"), ("Marker", marker)]);
        Assert.Equal(["s3:Get4", "s3:Get5"], All(xml, "EvalActionName"));
        foreach (var (name, value) in new[] { ("Marker", "x"), ("Marker", "999"), ("ActionNames.member.1", "nocolon"), ("PolicyInputList.member.1", "{"), ("CallerArn", "arn:aws:iam::1:role/x") })
        {
            var (status, _) = await AskAsync("SimulateCustomPolicy", [.. question.Where(member => member.Item1 != name), (name, value)]);
            Assert.Equal(HttpStatusCode.BadRequest, status);
        }
    }
}
