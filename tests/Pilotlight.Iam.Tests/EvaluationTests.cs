namespace Pilotlight.Iam.Tests;

/// <summary>Who wins when several policies speak: the flow chart of AWS's evaluation logic, box by box.</summary>
public sealed class EvaluationTests
{
    static readonly PrincipalPolicies s_allow = Ask.With(Ask.AllowAll);
    static readonly PrincipalPolicies s_other = Ask.With("'Effect':'Allow','Action':'sqs:*','Resource':'*'");
    static readonly PrincipalPolicies s_deny = Ask.With("'Effect':'Deny','Action':'*','Resource':'*'");
    static readonly Policy s_otherLimit = Ask.Identity("'Effect':'Allow','Action':'sqs:*','Resource':'*'");
    static readonly Policy s_denyAll = Ask.Identity("'Effect':'Deny','Action':'*','Resource':'*'");

    static Decision Decide(Principal who, PrincipalPolicies? policies = null, ResourcePolicies? resource = null) =>
        Evaluator.Decide(Ask.Request(who), policies ?? PrincipalPolicies.None, resource ?? ResourcePolicies.None);

    static void Is(Outcome outcome, PolicyType by, Decision decision) => Assert.Equal((outcome, by), (decision.Outcome, decision.DecidedBy));

    static ResourcePolicies Grants(string principal, string effect = "Allow") =>
        ResourcePolicies.Of(Ask.Resource($"'Effect':'{effect}','Action':'lambda:*','Resource':'*','Principal':{principal}"));

    [Fact]
    public void Nothing_is_allowed_until_a_policy_says_so() => Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(Ask.User()));

    [Fact]
    public void An_identity_policy_allows_and_is_named()
    {
        var decision = Decide(Ask.User(), Ask.With(
            "'Effect':'Allow','Action':'sqs:*','Resource':'*'", "'Sid':'Call','Effect':'Allow','Action':'lambda:invoke*','Resource':'arn:aws:lambda:*:*:function:f'"));
        Is(Outcome.Allowed, PolicyType.Identity, decision);
        Assert.Equal(("Call", 1), (decision.Statement!.Sid, decision.Statement.Index));
    }

    [Fact]
    public void An_explicit_deny_outweighs_every_allow()
    {
        var denied = s_allow with { Identity = [.. s_allow.Identity, .. s_deny.Identity] };
        Is(Outcome.ExplicitDeny, PolicyType.Identity, Decide(Ask.User(), denied, Grants("'*'")));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.User(), s_allow, Grants("'*'", "Deny")));
        Is(Outcome.ExplicitDeny, PolicyType.PermissionsBoundary, Decide(Ask.User(), s_allow with { PermissionsBoundary = s_denyAll }, Grants("'*'")));
        Is(Outcome.ExplicitDeny, PolicyType.Session, Decide(Ask.Session(), s_allow with { Session = [s_denyAll] }, Grants("'*'")));
    }

    [Fact]
    public void A_boundary_and_a_session_policy_limit_what_identity_policies_allow()
    {
        Is(Outcome.ImplicitDeny, PolicyType.PermissionsBoundary, Decide(Ask.User(), s_allow with { PermissionsBoundary = s_otherLimit }));
        Is(Outcome.ImplicitDeny, PolicyType.Session, Decide(Ask.Session(), s_allow with { Session = [s_otherLimit] }));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(Ask.Session(), s_allow with { Session = [s_otherLimit, s_allow.Identity[0]] }));
    }

    [Fact]
    public void A_boundary_and_a_session_policy_give_nothing()
    {
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(Ask.User(), s_other with { PermissionsBoundary = s_allow.Identity[0] }));
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(Ask.Session(), s_other with { Session = s_allow.Identity }));
    }

    [Theory]
    [InlineData("{'AWS':'arn:aws:iam::000000000000:user/alice'}")]
    [InlineData("{'AWS':'*'}")]
    [InlineData("'*'")]
    [InlineData("{'AWS':'AIDAALICEALICEALICE1'}")]
    public void A_grant_to_a_user_itself_is_not_limited_by_an_implicit_deny(string principal) =>
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.User(), s_other with { PermissionsBoundary = s_otherLimit }, Grants(principal)));

    [Theory]
    [InlineData("{'AWS':'arn:aws:sts::000000000000:assumed-role/worker/s1'}")]
    [InlineData("{'AWS':'*'}")]
    public void A_grant_to_a_session_itself_is_not_limited_either(string principal) =>
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.Session(), s_other with { PermissionsBoundary = s_otherLimit, Session = [s_otherLimit] }, Grants(principal)));

    [Theory]
    [InlineData("{'AWS':'arn:aws:iam::000000000000:role/worker'}")]
    [InlineData("{'AWS':'AROAWORKERWORKERWORK1'}")]
    public void A_grant_to_a_role_counts_as_one_of_its_policies_and_is_limited(string principal)
    {
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.Session(), s_other, Grants(principal)));
        Is(Outcome.ImplicitDeny, PolicyType.PermissionsBoundary, Decide(Ask.Session(), s_other with { PermissionsBoundary = s_otherLimit }, Grants(principal)));
        Is(Outcome.ImplicitDeny, PolicyType.Session, Decide(Ask.Session(), s_other with { Session = [s_otherLimit] }, Grants(principal)));
    }

    [Fact]
    public void A_role_of_the_same_name_under_another_path_is_another_role()
    {
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.Session("team/worker"), s_other, Grants("{'AWS':'arn:aws:iam::000000000000:role/team/worker'}")));
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(Ask.Session("team/worker"), s_other, Grants("{'AWS':'arn:aws:iam::000000000000:role/worker'}")));
    }

    [Theory]
    [InlineData("{'AWS':'000000000000'}")]
    [InlineData("{'AWS':'arn:aws:iam::000000000000:root'}")]
    public void Naming_its_own_account_gives_nothing_by_itself(string principal)
    {
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(Ask.User(), s_other, Grants(principal)));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(Ask.User(), s_allow, Grants(principal)));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.User(), s_allow, Grants(principal, "Deny")));
    }

    [Fact]
    public void Another_account_needs_both_sides()
    {
        var stranger = Ask.User("bob", Ask.Other);
        var byAccount = Grants($"{{'AWS':'{Ask.Other}'}}");
        var byArn = Grants($"{{'AWS':'arn:aws:iam::{Ask.Other}:user/bob'}}");
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(stranger));
        Is(Outcome.ImplicitDeny, PolicyType.Resource, Decide(stranger, s_allow));
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Decide(stranger, s_other, byArn));
        Is(Outcome.ImplicitDeny, PolicyType.PermissionsBoundary, Decide(stranger, s_allow with { PermissionsBoundary = s_otherLimit }, byArn));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(stranger, s_allow, byArn));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(stranger, s_allow, byAccount));
        Is(Outcome.ImplicitDeny, PolicyType.Resource, Decide(stranger, s_allow, Grants($"{{'AWS':'{Ask.Account}'}}")));
    }

    [Fact]
    public void Root_needs_no_policy_in_its_own_account_and_a_grant_in_others()
    {
        Is(Outcome.Allowed, PolicyType.Identity, Decide(Ask.Root));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.Root, null, Grants("'*'", "Deny")));
        var other = Ask.Root with { AccountId = Ask.Other, Arn = $"arn:aws:iam::{Ask.Other}:root" };
        Is(Outcome.ImplicitDeny, PolicyType.Resource, Decide(other));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(other, null, Grants($"{{'AWS':'{Ask.Other}'}}")));
    }

    [Fact]
    public void Service_control_policies_limit_users_and_root_but_not_services_nor_their_roles()
    {
        var policies = s_allow with { ServiceControl = [[Ask.Policy(PolicyKind.ServiceControl, Ask.AllowAll)], [Ask.Policy(PolicyKind.ServiceControl, "'Effect':'Allow','Action':'sqs:*','Resource':'*'")]] };
        Is(Outcome.ImplicitDeny, PolicyType.ServiceControl, Decide(Ask.User(), policies));
        Is(Outcome.ImplicitDeny, PolicyType.ServiceControl, Decide(Ask.Root, policies));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(Ask.Session("aws-service-role/x.amazonaws.com/R"), policies));
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.Service("s3.amazonaws.com"), policies, Grants("{'Service':'s3.amazonaws.com'}")));
        var denies = s_allow with { ServiceControl = [[Ask.Policy(PolicyKind.ServiceControl, Ask.AllowAll, "'Effect':'Deny','Action':'lambda:*','Resource':'*'")]] };
        Is(Outcome.ExplicitDeny, PolicyType.ServiceControl, Decide(Ask.User(), denies, Grants("'*'")));
    }

    [Fact]
    public void Resource_control_policies_limit_everybody_else_too()
    {
        const string everyone = "'Principal':'*','Action':'*','Resource':'*'";
        var allows = Ask.Policy(PolicyKind.ResourceControl, $"'Effect':'Allow',{everyone}");
        var denies = Ask.Policy(PolicyKind.ResourceControl, $"'Effect':'Deny',{everyone},'Condition':{{'StringNotEquals':{{'aws:PrincipalOrgID':'o-1'}},'BoolIfExists':{{'aws:PrincipalIsAWSService':'false'}}}}");
        var resource = Grants("{'AWS':'*','Service':'s3.amazonaws.com'}") with { ResourceControl = [[allows, denies]] };
        Is(Outcome.ExplicitDeny, PolicyType.ResourceControl, Decide(Ask.User(), s_allow, resource));
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.User() with { OrganizationId = "o-1" }, s_allow, resource));
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Ask.Service("s3.amazonaws.com"), null, resource));
        Is(Outcome.ImplicitDeny, PolicyType.ResourceControl, Decide(Ask.User(), s_allow, resource with { ResourceControl = [[allows], []] }));
    }

    [Fact]
    public void A_service_is_let_in_by_the_resource_policy_alone()
    {
        var grant = ResourcePolicies.Of(Ask.Resource(
            "'Effect':'Allow','Action':'lambda:InvokeFunction','Resource':'*','Principal':{'Service':'s3.amazonaws.com'},'Condition':{'ArnLike':{'AWS:SourceArn':'arn:aws:s3:::b'},'StringEquals':{'AWS:SourceAccount':'000000000000'}}"));
        ConditionTable Source(string bucket, string account) => new() { ["aws:SourceArn"] = $"arn:aws:s3:::{bucket}", ["aws:SourceAccount"] = account };
        Decision From(string service, ConditionTable keys) => Evaluator.Decide(Ask.Request(Ask.Service(service), keys: keys), s_allow, grant);
        Is(Outcome.Allowed, PolicyType.Resource, From("s3.amazonaws.com", Source("b", Ask.Account)));
        Is(Outcome.ImplicitDeny, PolicyType.Resource, From("s3.amazonaws.com", Source("other", Ask.Account)));
        Is(Outcome.ImplicitDeny, PolicyType.Resource, From("s3.amazonaws.com", Source("b", Ask.Other)));
        Is(Outcome.ImplicitDeny, PolicyType.Resource, From("sns.amazonaws.com", Source("b", Ask.Account)));
    }

    [Fact]
    public void Anonymous_requests_are_let_in_where_everybody_is()
    {
        Is(Outcome.Allowed, PolicyType.Resource, Decide(Principal.Anonymous, null, Grants("'*'")));
        Is(Outcome.ImplicitDeny, PolicyType.Resource, Decide(Principal.Anonymous, s_allow, Grants($"{{'AWS':'{Ask.Account}'}}")));
    }

    [Fact]
    public void A_federated_user_has_what_its_user_and_its_session_policy_both_give()
    {
        var federated = new Principal { Kind = PrincipalKind.FederatedUser, AccountId = Ask.Account, Arn = $"arn:aws:sts::{Ask.Account}:federated-user/x", SessionOfArn = $"arn:aws:iam::{Ask.Account}:user/alice" };
        Is(Outcome.ImplicitDeny, PolicyType.Session, Decide(federated, s_allow with { Session = [] }));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(federated, s_allow with { Session = s_allow.Identity }));
        Is(Outcome.Allowed, PolicyType.Resource, Decide(federated, s_allow with { Session = [] }, Grants($"{{'AWS':'{federated.Arn}'}}")));
        Is(Outcome.ImplicitDeny, PolicyType.Session, Decide(federated, s_other with { Session = [] }, Grants($"{{'AWS':'{federated.SessionOfArn}'}}")));
    }

    [Fact]
    public void NotPrincipal_with_deny_spares_whoever_is_named_with_account_and_role()
    {
        ResourcePolicies DeniesAllBut(string names) => ResourcePolicies.Of(Ask.Resource($"'Effect':'Deny','Action':'*','Resource':'*','NotPrincipal':{{'AWS':[{names}]}}"));
        const string account = "'arn:aws:iam::000000000000:root'";
        const string user = "'arn:aws:iam::000000000000:user/alice'";
        const string role = "'arn:aws:iam::000000000000:role/worker'";
        const string session = "'arn:aws:sts::000000000000:assumed-role/worker/s1'";
        Is(Outcome.Allowed, PolicyType.Identity, Decide(Ask.User(), s_allow, DeniesAllBut($"{user},{account}")));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.User(), s_allow, DeniesAllBut(user)));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.User("bob"), s_allow, DeniesAllBut($"{user},{account}")));
        Is(Outcome.Allowed, PolicyType.Identity, Decide(Ask.Session(), s_allow, DeniesAllBut($"{session},{role},{account}")));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.Session(), s_allow, DeniesAllBut($"{role},{account}")));
        Is(Outcome.ExplicitDeny, PolicyType.Resource, Decide(Ask.User(), s_allow with { PermissionsBoundary = s_allow.Identity[0] }, DeniesAllBut($"{user},{account}")));
    }

    [Fact]
    public void A_trust_policy_must_name_who_assumes_the_role()
    {
        Decision Assume(Principal who, PrincipalPolicies policies, string principal) => Evaluator.Decide(
            Ask.Request(who, "sts:AssumeRole", $"arn:aws:iam::{Ask.Account}:role/target"), policies,
            ResourcePolicies.TrustOf(Ask.Policy(PolicyKind.Trust, $"'Effect':'Allow','Action':'sts:AssumeRole','Principal':{principal}")));
        const string byAccount = "{'AWS':'arn:aws:iam::000000000000:root'}";
        Is(Outcome.ImplicitDeny, PolicyType.RoleTrust, Assume(Ask.User(), s_allow, "{'Service':'lambda.amazonaws.com'}"));
        Is(Outcome.Allowed, PolicyType.RoleTrust, Assume(Ask.User(), s_other, "{'AWS':'arn:aws:iam::000000000000:user/alice'}"));
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Assume(Ask.User(), s_other, byAccount));
        Is(Outcome.Allowed, PolicyType.Identity, Assume(Ask.User(), s_allow, byAccount));
        Is(Outcome.ImplicitDeny, PolicyType.Identity, Assume(Ask.User("bob", Ask.Other), s_other, $"{{'AWS':'arn:aws:iam::{Ask.Other}:user/bob'}}"));
        Is(Outcome.Allowed, PolicyType.RoleTrust, Assume(Ask.Service("lambda.amazonaws.com"), PrincipalPolicies.None, "{'Service':'lambda.amazonaws.com'}"));
        var provider = new Principal { Kind = PrincipalKind.WebIdentity, AccountId = "", Arn = $"arn:aws:iam::{Ask.Account}:oidc-provider/idp.example.com" };
        Is(Outcome.Allowed, PolicyType.RoleTrust, Assume(provider, PrincipalPolicies.None, $"{{'Federated':'{provider.Arn}'}}"));
        Is(Outcome.ImplicitDeny, PolicyType.RoleTrust, Assume(provider, PrincipalPolicies.None, "{'Federated':'accounts.google.com'}"));
    }

    [Fact]
    public void An_explanation_says_of_every_statement_why_it_did_not_apply()
    {
        var policies = Ask.With(
            "'Sid':'A','Effect':'Allow','Action':'sqs:*','Resource':'*'",
            "'Sid':'R','Effect':'Allow','Action':'*','Resource':'arn:aws:lambda:us-east-1:000000000000:function:g'",
            "'Sid':'C','Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringEquals':{'aws:RequestTag/team':'${aws:PrincipalTag/team}'}}");
        var explanation = Evaluator.Explain(Ask.Request(Ask.User()), policies, Grants("{'Service':'s3.amazonaws.com'}"));
        Assert.Equal(Decision.Missing(PolicyType.Identity), explanation.Decision);
        Assert.Equal([PolicyType.Resource, PolicyType.Identity], explanation.Policies.Select(policy => policy.Type));
        Assert.Equal([Mismatch.Principal], explanation.Policies[0].Statements.Select(trace => trace.Mismatch));
        Assert.Equal([Mismatch.Action, Mismatch.Resource, Mismatch.Condition], explanation.Policies[1].Statements.Select(trace => trace.Mismatch));
        Assert.Equal("aws:RequestTag/team", explanation.Policies[1].Statements[2].Condition!.Key);
        Assert.Equal(["aws:RequestTag/team"], explanation.MissingKeys);
    }
}
