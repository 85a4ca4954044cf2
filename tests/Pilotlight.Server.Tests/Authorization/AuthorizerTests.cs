using Pilotlight.Api;
using Pilotlight.Authentication;
using Pilotlight.Iam;
using static Pilotlight.Authorization.AuthorizationFixture;

namespace Pilotlight.Authorization;

public sealed class AuthorizerTests : IAsyncLifetime
{
    const string Other = "111122223333";
    const string Lambda = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    readonly AuthorizationFixture _iam = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _iam.DisposeAsync();

    static string Grant(string principal, string action = "lambda:InvokeFunction", string condition = "", string effect = "Allow") =>
        $$$"""{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"{{{effect}}}","Principal":{{{principal}}},"Action":"{{{action}}}","Resource":"{{{FunctionArn}}}"{{{(condition.Length > 0 ? $",\"Condition\":{condition}" : "")}}}}]}""";

    [Theory]
    [InlineData("lambda:DeleteFunction", FunctionArn)]
    [InlineData("iam:PassRole", "arn:aws:iam::000000000000:role/a:b")]
    [InlineData("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess")]
    [InlineData("s3:GetObject", "arn:aws:s3:::bucket/key")]
    [InlineData("anything:AtAll", "*")]
    public void Root_may_do_everything_in_its_account(string action, string resource) => Assert.Null(_iam.Check(Root(), action, resource));

    [Fact]
    public void Root_may_do_nothing_in_another_account()
    {
        var refused = _iam.Check(Root(), "lambda:GetFunction", $"arn:aws:lambda:us-east-1:{Other}:function:f")!;
        Assert.Equal((403, "AccessDeniedException"), (refused.Status, refused.Code));
        Assert.Equal(
            $"User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:us-east-1:{Other}:function:f because no resource-based policy allows the lambda:GetFunction action",
            refused.Message);
    }

    [Fact]
    public async Task A_user_may_what_its_policies_say_and_not_after_they_changed()
    {
        var ada = await _iam.UserAsync(Allow("lambda:Invoke*", FunctionArn));
        Assert.Null(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
        Assert.Null(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
        Assert.NotNull(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn + ":live"));
        Assert.Equal(
            "User: arn:aws:iam::000000000000:user/ada is not authorized to perform: lambda:DeleteFunction on resource: " + FunctionArn
            + " because no identity-based policy allows the lambda:DeleteFunction action",
            _iam.Check(ada, "lambda:DeleteFunction", FunctionArn)!.Message);
        await _iam.UserAsync(null);
        Assert.NotNull(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
    }

    [Fact]
    public async Task An_explicit_deny_is_named_as_such()
    {
        var ada = await _iam.UserAsync("""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"lambda:*","Resource":"*"}]}
            """);
        Assert.EndsWith("with an explicit deny in an identity-based policy", _iam.Check(ada, "lambda:InvokeFunction", FunctionArn)!.Message);
        Assert.Null(_iam.Check(ada, "logs:DescribeLogGroups", "*"));
        _iam.Policies[FunctionArn] = new Document(Grant("\"*\"", effect: "Deny"));
        Assert.EndsWith("with an explicit deny in a resource-based policy", _iam.Check(Root(), "lambda:InvokeFunction", FunctionArn)!.Message);
    }

    [Fact]
    public async Task Another_account_needs_both_its_own_leave_and_the_resources()
    {
        var granted = await _iam.UserAsync(Allow("lambda:InvokeFunction"), Other);
        Assert.EndsWith("because no resource-based policy allows the lambda:InvokeFunction action", _iam.Check(granted, "lambda:InvokeFunction", FunctionArn)!.Message);
        _iam.Policies[FunctionArn] = new Document(Grant($$"""{"AWS":"arn:aws:iam::{{Other}}:root"}"""));
        Assert.Null(_iam.Check(granted, "lambda:InvokeFunction", FunctionArn));
        Assert.Null(_iam.Check(Root(Other), "lambda:InvokeFunction", FunctionArn));
        Assert.NotNull(_iam.Check(Root("444455556666"), "lambda:InvokeFunction", FunctionArn));
        Assert.NotNull(_iam.Check(granted, "lambda:InvokeFunction", FunctionArn + ":live"));
        Assert.NotNull(_iam.Check(granted, "lambda:GetFunction", FunctionArn));
        var poor = await _iam.UserAsync(null, Other, "poor");
        Assert.EndsWith("because no identity-based policy allows the lambda:InvokeFunction action", _iam.Check(poor, "lambda:InvokeFunction", FunctionArn)!.Message);
        _iam.Policies.Remove(FunctionArn);
        Assert.NotNull(_iam.Check(granted, "lambda:InvokeFunction", FunctionArn));
    }

    [Fact]
    public async Task A_resources_policy_alone_lets_a_user_of_its_account_in()
    {
        var ada = await _iam.UserAsync(null);
        _iam.Policies[FunctionArn] = new Document(Grant("""{"AWS":"arn:aws:iam::000000000000:user/ada"}"""));
        Assert.Null(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
        Assert.NotNull(_iam.Check(await _iam.UserAsync(null, name: "eve"), "lambda:InvokeFunction", FunctionArn));
    }

    [Fact]
    public async Task Sessions_are_judged_by_their_role_and_die_with_it()
    {
        var role = await _iam.RoleAsync("worker", Lambda, Allow("logs:*"));
        var session = SessionOf(role);
        Assert.Null(_iam.Check(session, "logs:PutLogEvents", "*"));
        Assert.NotNull(_iam.Check(session, "lambda:InvokeFunction", FunctionArn));
        // Somebody else under the same name.
        await _iam.Accounts.ChangeAsync(Account, change => change.Remove(role));
        await _iam.Accounts.ChangeAsync(Account, change => change.Put(role with { Id = "AROAOTHER" }));
        Assert.NotNull(_iam.Check(session, "logs:PutLogEvents", "*"));
    }

    [Fact]
    public async Task Session_policies_and_boundaries_narrow()
    {
        var role = await _iam.RoleAsync("worker", Lambda, Allow("*"));
        var session = SessionOf(role) with { SessionPolicies = [Allow("logs:*")] };
        Assert.Null(_iam.Check(session, "logs:PutLogEvents", "*"));
        Assert.EndsWith("because no session policy allows the lambda:InvokeFunction action", _iam.Check(session, "lambda:InvokeFunction", FunctionArn)!.Message);
        // A boundary that is gone allows nothing.
        await _iam.Accounts.ChangeAsync(Account, change => change.Put(role with { PermissionsBoundary = "arn:aws:iam::000000000000:policy/gone" }));
        Assert.NotNull(_iam.Check(session, "logs:PutLogEvents", "*"));
    }

    [Theory]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}""", true)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}""", false)]
    [InlineData("""{"Bool":{"aws:SecureTransport":"false"}}""", true)]
    [InlineData("""{"Bool":{"aws:SecureTransport":"true"}}""", false)]
    [InlineData("""{"StringLike":{"aws:UserAgent":"tests/*"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}""", false)]
    [InlineData("""{"DateGreaterThan":{"aws:CurrentTime":"2026-05-04T11:59:00Z"}}""", true)]
    [InlineData("""{"DateGreaterThan":{"aws:CurrentTime":"2026-05-04T12:01:00Z"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:PrincipalTag/team":"red"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:ResourceTag/stage":"test"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:ResourceTag/stage":"${aws:PrincipalTag/team}"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:ResourceAccount":"000000000000"}}""", true)]
    [InlineData("""{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:user/ada"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:PrincipalAccount":"000000000000"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:username":"ada"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:RequestTag/cost":"7"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:RequestTag/cost":"8"}}""", false)]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:TagKeys":["cost","owner"]}}""", true)]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:TagKeys":["owner"]}}""", false)]
    [InlineData("""{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}""", true)]
    public async Task Conditions_see_the_request(string condition, bool allowed)
    {
        _iam.Tags[FunctionArn] = new Dictionary<string, string> { ["stage"] = "test" };
        var ada = await _iam.UserAsync(Allow("lambda:*", "*", condition));
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(allowed, _iam.Check(ada, "lambda:TagResource", FunctionArn, body: """{"Tags":{"cost":"7"}}""",
                conditions: key => key.Equals("iam:PassedToService", StringComparison.OrdinalIgnoreCase) ? "lambda.amazonaws.com" : ConditionValues.None) is null);
        }
    }

    [Fact]
    public async Task What_depended_on_the_request_is_not_remembered()
    {
        var ada = await _iam.UserAsync(Allow("lambda:*", "*", """{"IpAddress":{"aws:SourceIp":"192.0.2.7"}}"""));
        Assert.Null(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
        Assert.NotNull(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn, change: request =>
            request.Http.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("198.51.100.1")));
        Assert.Null(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
    }

    [Theory]
    [InlineData("lambda", 403, "AccessDeniedException")]
    [InlineData("logs", 400, "AccessDeniedException")]
    [InlineData("sts", 403, "AccessDenied")]
    public async Task Refuses_in_the_words_and_the_code_of_the_protocol(string service, int status, string code) => Assert.Equal(
        new AwsError(status, code,
            "User: arn:aws:iam::000000000000:user/ada is not authorized to perform: x:Y on resource: * because no identity-based policy allows the x:Y action"),
        _iam.Check(await _iam.UserAsync(null), "x:Y", "*", service));

    [Fact]
    public void A_service_comes_in_for_the_source_that_the_policy_names()
    {
        var call = new ServiceCall("s3.amazonaws.com", "lambda:InvokeFunction", FunctionArn) { SourceArn = "arn:aws:s3:::pictures", SourceAccount = Account };
        Assert.False(_iam.Authorizer.Allows(call));
        _iam.Policies[FunctionArn] = new Document(Grant("""{"Service":"s3.amazonaws.com"}""",
            condition: """{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}"""));
        Assert.True(_iam.Authorizer.Allows(call));
        Assert.False(_iam.Authorizer.Allows(call with { SourceArn = "arn:aws:s3:::others" }));
        Assert.False(_iam.Authorizer.Allows(call with { SourceAccount = Other }));
        Assert.False(_iam.Authorizer.Allows(call with { Service = "sns.amazonaws.com" }));
        Assert.False(_iam.Authorizer.Allows(call with { SourceArn = null }));
        Assert.False(_iam.Authorizer.Allows(call with { Resource = FunctionArn + ":1" }));
    }

    [Fact]
    public async Task Organisations_come_from_the_settings()
    {
        await using var iam = new AuthorizationFixture(organization: new Identities.OrganizationOptions { Id = "o-abc" });
        var ada = await iam.UserAsync(Allow("lambda:*"), Other);
        iam.Policies[FunctionArn] = new Document(Grant("\"*\"", condition: """{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"""));
        Assert.Null(iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
        iam.Policies[FunctionArn] = new Document(Grant("\"*\"", condition: """{"StringEquals":{"aws:PrincipalOrgID":"o-def"}}"""));
        Assert.NotNull(iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
    }

    [Fact]
    public async Task A_policy_that_cannot_be_read_lets_nobody_in()
    {
        var ada = await _iam.UserAsync("{\"Statement\":");
        Assert.NotNull(_iam.Check(ada, "lambda:InvokeFunction", FunctionArn));
        _iam.Policies[FunctionArn] = new Document("nonsense");
        Assert.NotNull(_iam.Check(Root(), "lambda:InvokeFunction", FunctionArn));
    }

    [Theory]
    [InlineData(Lambda, true)]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}""", false)]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}""", false)]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:*:function:f"}}}]}""", true)]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:*:function:g"}}}]}""", false)]
    public async Task A_function_gets_only_a_role_that_trusts_Lambda(string trust, bool trusts)
    {
        var role = await _iam.RoleAsync("worker", trust);
        Assert.Equal(trusts, _iam.Roles.CanBeAssumed(role.Arn, FunctionArn));
        Assert.False(_iam.Roles.CanBeAssumed("arn:aws:iam::000000000000:role/nobody", FunctionArn));
    }

    [Fact]
    public async Task Audit_lets_pass_and_says_so()
    {
        await using var iam = new AuthorizationFixture(options => options.Mode = IamMode.Audit);
        Assert.Null(iam.Check(await iam.UserAsync(null), "x:Y", "*"));
        Assert.Equal(
            "Iam:Mode audit: would be refused: User: arn:aws:iam::000000000000:user/ada is not authorized to perform: x:Y on resource: * because no identity-based policy allows the x:Y action",
            Assert.Single(iam.Warnings));
        Assert.Null(iam.Check(Root(), "x:Y", "*"));
        Assert.True(iam.Authorizer.Allows(new ServiceCall("s3.amazonaws.com", "lambda:InvokeFunction", FunctionArn)));
        Assert.True(iam.Roles.CanBeAssumed("arn:aws:iam::000000000000:role/nobody", FunctionArn));
        Assert.Equal(3, iam.Warnings.Count);
    }

    [Fact]
    public void A_request_without_a_caller_is_a_bug()
    {
        var request = new SignedRequest("", "lambda", "GET", "/", "", []).ToAwsRequest();
        Assert.Throws<InvalidOperationException>(() => _iam.Authorizer.Check(request, "x:Y", "*"));
    }
}
