namespace Pilotlight.Iam.Tests;

/// <summary>Who wins when several policies speak: the flow chart of AWS's evaluation logic, box by box.</summary>
public sealed class EvaluationTests
{
    [Fact]
    public void Nothing_is_allowed_until_a_policy_says_so() =>
        Assert.Equal(new Decision(Outcome.ImplicitDeny, PolicyType.Identity, null), Evaluator.Decide(Ask.Request(Ask.User()), PrincipalPolicies.None, ResourcePolicies.None));

    [Fact]
    public void An_identity_policy_allows()
    {
        var decision = Evaluator.Decide(Ask.Request(Ask.User()), Ask.With("'Sid':'S','Effect':'Allow','Action':'lambda:invoke*','Resource':'arn:aws:lambda:*:*:function:f'"), ResourcePolicies.None);
        Assert.Equal((Outcome.Allowed, PolicyType.Identity), (decision.Outcome, decision.DecidedBy));
    }
}
