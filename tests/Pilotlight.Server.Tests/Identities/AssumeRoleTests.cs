using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.Testing;

namespace Pilotlight.Identities;

public sealed class AssumeRoleTests : IAsyncLifetime
{
    const string WorkerArn = "arn:aws:iam::000000000000:role/team/worker";

    PilotlightServer _server = null!;
    IamClient _root = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await IamClient.StartAsync();
        _root = new IamClient(_server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    static string Trust(string principal, string condition = "", string action = "\"sts:AssumeRole\"") =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{principal}}"},"Action":{{action}}{{condition}}}]}""";

    Task<IamAnswer> CreateWorkerAsync(string trust, params (string, string)[] members) =>
        _root.CreateRoleAsync("worker", trust, [("Path", "/team/"), .. members]);

    static Task<IamAnswer> AssumeAsync(IamClient client, params (string, string)[] members) =>
        client.StsAsync("AssumeRole", [("RoleArn", WorkerArn), ("RoleSessionName", "night"), .. members]);

    Caller CallerOf(IamAnswer session) =>
        _server.Platform.Services.GetRequiredService<RoleSessions>().Find(session["AccessKeyId"], session["SessionToken"]).Credential!.Caller;

    [Fact]
    public async Task Who_is_named_in_the_trust_policy_wears_the_role()
    {
        var ann = await _root.CreateUserAsync("ann");
        var role = await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:user/ann"));

        var session = (await AssumeAsync(ann)).Ok();

        Assert.Equal($"{role["RoleId"]}:night", session["AssumedRoleId"]);
        Assert.Equal("arn:aws:sts::000000000000:assumed-role/worker/night", session["Arn"]);
        Assert.False(session.Has("PackedPolicySize"));
        var identity = (await ann.With(session).StsAsync("GetCallerIdentity")).Ok();
        Assert.Equal((session["Arn"], session["AssumedRoleId"]), (identity["Arn"], identity["UserId"]));
    }

    [Fact]
    public async Task Whoever_is_not_and_a_role_that_is_not_there_get_the_same_words()
    {
        var ann = await _root.CreateUserAsync("ann");
        const string text = "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:AssumeRole on resource: " + WorkerArn;
        (await AssumeAsync(ann)).Refused(HttpStatusCode.Forbidden, "AccessDenied", text);
        await CreateWorkerAsync(IamClient.TrustLambda);
        (await AssumeAsync(ann)).Refused(HttpStatusCode.Forbidden, "AccessDenied", text);
    }

    [Fact]
    public async Task An_account_that_is_trusted_needs_a_policy_of_its_own_too()
    {
        var ann = await _root.CreateUserAsync("ann");
        await CreateWorkerAsync(Trust("000000000000"));
        Assert.Equal("AccessDenied", (await AssumeAsync(ann))["Code"]);
        (await _root.IamAsync("PutUserPolicy", ("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument",
            $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"{{WorkerArn}}"}]}"""))).Ok();
        (await AssumeAsync(ann)).Ok();
    }

    [Fact]
    public async Task Another_account_needs_both_sides()
    {
        var other = new IamClient(_server, "111122223333");
        var bob = await other.CreateUserAsync("bob");
        await CreateWorkerAsync(Trust("arn:aws:iam::111122223333:user/bob"));
        Assert.Equal("AccessDenied", (await AssumeAsync(bob))["Code"]);
        (await other.IamAsync("PutUserPolicy", ("UserName", "bob"), ("PolicyName", "p"), ("PolicyDocument",
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}"""))).Ok();
        Assert.Equal("000000000000", (await bob.With((await AssumeAsync(bob)).Ok()).StsAsync("GetCallerIdentity")).Ok()["Account"]);
    }

    [Fact]
    public async Task The_external_id_must_be_the_one_that_is_asked_for()
    {
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root", ""","Condition":{"StringEquals":{"sts:ExternalId":"secret"}}"""));
        Assert.Equal("AccessDenied", (await AssumeAsync(_root))["Code"]);
        Assert.Equal("AccessDenied", (await AssumeAsync(_root, ("ExternalId", "other")))["Code"]);
        (await AssumeAsync(_root, ("ExternalId", "secret"))).Ok();
    }

    [Fact]
    public async Task Refuses_in_the_words_of_STS()
    {
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root"));
        (await _root.StsAsync("AssumeRole", ("RoleArn", "arn:aws:iam::000000000000:user/ann"), ("RoleSessionName", "night")))
            .Refused(HttpStatusCode.BadRequest, "ValidationError", "arn:aws:iam::000000000000:user/ann is invalid");
        (await _root.StsAsync("AssumeRole", ("RoleArn", WorkerArn), ("RoleSessionName", "a b"))).Refused(HttpStatusCode.BadRequest, "ValidationError",
            @"1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*");
        (await AssumeAsync(_root, ("TransitiveTagKeys.member.1", "team"))).Refused(HttpStatusCode.BadRequest, "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.");
        (await AssumeAsync(_root, ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1"), ("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "2")))
            .Refused(HttpStatusCode.BadRequest, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        (await AssumeAsync(_root, ("DurationSeconds", "3601"))).Refused(HttpStatusCode.BadRequest, "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        (await AssumeAsync(_root, ("Policy", "{"))).Refused(HttpStatusCode.BadRequest, "MalformedPolicyDocument", "This policy contains invalid Json");
    }

    [Fact]
    public async Task A_chain_lasts_an_hour_and_hands_transitive_tags_on()
    {
        const string both = """["sts:AssumeRole","sts:TagSession"]""";
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root", action: both), ("MaxSessionDuration", "43200"));
        await _root.CreateRoleAsync("next", Trust(WorkerArn, ""","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""", both), ("MaxSessionDuration", "43200"));
        (string, string)[] tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue"), ("TransitiveTagKeys.member.1", "team")];
        var worker = (await AssumeAsync(_root, [.. tags, ("DurationSeconds", "43200"), ("SourceIdentity", "ann")]));
        Assert.Equal("AccessDenied", worker["Code"]);
        worker = (await AssumeAsync(_root, [.. tags, ("DurationSeconds", "43200")])).Ok();
        Assert.True(int.Parse(worker["PackedPolicySize"]) is > 0 and < 10);
        (string, string)[] next = [("RoleArn", "arn:aws:iam::000000000000:role/next"), ("RoleSessionName", "day")];
        (await _root.With(worker).StsAsync("AssumeRole", [.. next, ("DurationSeconds", "3601")])).Refused(HttpStatusCode.BadRequest, "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
        (await _root.With(worker).StsAsync("AssumeRole", [.. next, .. tags])).Refused(HttpStatusCode.BadRequest, "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.");
        var chained = CallerOf((await _root.With(worker).StsAsync("AssumeRole", next)).Ok());
        Assert.Equal("blue", chained.SessionTags["TEAM"]);
        Assert.Equal(["team"], chained.TransitiveTagKeys);
    }

    [Fact]
    public async Task Tags_and_source_identity_need_a_trust_of_their_own()
    {
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root", action: """["sts:AssumeRole","sts:SetSourceIdentity"]"""));
        (await AssumeAsync(_root, ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1"))).Refused(HttpStatusCode.Forbidden, "AccessDenied",
            $"User: arn:aws:iam::000000000000:root is not authorized to perform: sts:TagSession on resource: {WorkerArn}");
        var session = (await AssumeAsync(_root, ("SourceIdentity", "ann"))).Ok();
        Assert.Equal("ann", session["SourceIdentity"]);
        Assert.Equal("ann", CallerOf(session).SourceIdentity);
    }

    [Fact]
    public async Task A_session_dies_with_its_role_though_another_takes_the_name()
    {
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root"));
        var session = _root.With((await AssumeAsync(_root)).Ok());
        (await session.StsAsync("GetCallerIdentity")).Ok();
        (await _root.IamAsync("UpdateAssumeRolePolicy", ("RoleName", "worker"), ("PolicyDocument", IamClient.TrustLambda))).Ok();
        (await session.StsAsync("GetCallerIdentity")).Ok();
        (await _root.IamAsync("DeleteRole", ("RoleName", "worker"))).Ok();
        Assert.Equal("InvalidClientTokenId", (await session.StsAsync("GetCallerIdentity"))["Code"]);
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root"));
        Assert.Equal("InvalidClientTokenId", (await session.StsAsync("GetCallerIdentity"))["Code"]);
    }

    [Fact]
    public async Task Session_policies_and_tags_reach_the_evaluator()
    {
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root", action: """["sts:AssumeRole","sts:TagSession"]"""),
            ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red"), ("Tags.member.2.Key", "cost"), ("Tags.member.2.Value", "7"));
        (await _root.IamAsync("AttachRolePolicy", ("RoleName", "worker"), ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"))).Ok();
        var session = (await AssumeAsync(_root, ("Policy", IamClient.AllowS3), ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "blue"))).Ok();
        var known = _server.Platform.Services.GetRequiredService<PrincipalCatalog>().Of(CallerOf(session));
        Assert.Single(known.Policies.Identity);
        Assert.Equal(2, known.Policies.Session!.Count);
        Assert.Equal(("blue", "7"), (known.Principal.Tags["team"], known.Principal.Tags["cost"]));
        Assert.Equal(WorkerArn, known.Principal.PrincipalArn);
    }

    [Fact]
    public async Task A_packed_size_above_what_a_token_holds_is_refused()
    {
        await CreateWorkerAsync(Trust("arn:aws:iam::000000000000:root", action: """["sts:AssumeRole","sts:TagSession"]"""));
        var random = new Random(5);
        var tags = Enumerable.Range(1, 50).SelectMany(number => new[]
        {
            ($"Tags.member.{number}.Key", $"k{number}"),
            ($"Tags.member.{number}.Value", string.Concat(Enumerable.Range(0, 250).Select(_ => (char)('a' + random.Next(26))))),
        }).ToArray();
        Assert.Equal("PackedPolicyTooLarge", (await AssumeAsync(_root, tags))["Code"]);
    }
}
