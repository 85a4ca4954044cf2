using CsCheck;
using Pilotlight.Iam.Tests.Agreement;

namespace Pilotlight.Iam.Tests;

/// <summary>What holds for every policy and request.</summary>
public sealed class PropertyTests
{
    static readonly Gen<AgreementCase> s_case = Gen.Int.Select(seed => new CaseGenerator(seed).Next());

    static Outcome Decide(AgreementCase test) => test.Ours().Decision.Outcome;

    [Fact]
    public void An_added_deny_never_allows() => Gen.Select(s_case, s_case).Sample((test, other) =>
    {
        var denies = other.Identity.Select(document => document.Replace("\"Allow\"", "\"Deny\"", StringComparison.Ordinal)).ToArray();
        var more = test with { Identity = [.. test.Identity, .. denies] };
        return Decide(more) >= Decide(test) || (Decide(test) != Outcome.Allowed && Decide(more) != Outcome.Allowed);
    }, iter: 3000);

    [Fact]
    public void An_added_allow_never_denies() => Gen.Select(s_case, s_case).Sample((test, other) =>
    {
        var allows = other.Identity.Select(document => document.Replace("\"Deny\"", "\"Allow\"", StringComparison.Ordinal)).ToArray();
        return Decide(test with { Identity = [.. test.Identity, .. allows] }) <= Decide(test);
    }, iter: 3000);

    [Fact]
    public void Evaluation_is_total_and_deterministic_and_does_not_depend_on_the_order_of_policies() => s_case.Sample(test =>
    {
        var outcome = Decide(test);
        return outcome == Decide(test) && outcome == Decide(test with { Identity = [.. test.Identity.Reverse()] });
    }, iter: 3000);

    [Fact]
    public void Work_grows_linearly_with_statements()
    {
        long Work(int statements)
        {
            var policies = Ask.With([.. Enumerable.Range(0, statements).Select(index =>
                $"'Effect':'Allow','Action':['sqs:Send*','lambda:Invoke*'],'Resource':'arn:aws:lambda:*:*:function:f{index}*','Condition':{{'StringLike':{{'aws:username':'a*{index}'}}}}")]);
            var evaluation = new Evaluation(Ask.Request(Ask.User()), null);
            Evaluator.Decide(ref evaluation, policies, ResourcePolicies.None, null);
            return evaluation.Work;
        }

        var (ten, hundred, thousand) = (Work(10), Work(100), Work(1000));
        Assert.InRange(hundred, 9 * ten, 11 * ten);
        Assert.InRange(thousand, 9 * hundred, 11 * hundred);
    }

    [Theory]
    [InlineData("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b")]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*a*a*?*?*?*b")]
    [InlineData("************************************b")]
    public void A_hostile_pattern_costs_no_more_than_its_length_times_the_texts(string pattern)
    {
        var text = new string('a', 2000);
        var policies = Ask.With($"'Effect':'Allow','Action':'*','Resource':['arn:aws:s3:::{pattern}','arn:aws:*:*:*:{pattern}'],'Condition':{{'StringLike':{{'a:b':'{pattern}'}}}}");
        foreach (var resource in new[] { $"arn:aws:s3:::{text}", $"arn:aws:s3:::{new string(':', 2000)}" })
        {
            var evaluation = new Evaluation(Ask.Request(Ask.User(), "s3:GetObject", resource, new ConditionTable { ["a:b"] = text }), null);
            Evaluator.Decide(ref evaluation, policies, ResourcePolicies.None, null);
            Assert.InRange(evaluation.Work, 1, 8L * pattern.Length * text.Length);
        }
    }

    [Fact]
    public void A_decision_without_variables_allocates_nothing()
    {
        var policies = Ask.With([.. Enumerable.Range(0, 20).Select(index => $"'Effect':'Allow','Action':'sqs:*','Resource':'arn:aws:sqs:*:*:q{index}'"), Ask.AllowAll]);
        var request = Ask.Request(Ask.User());
        for (var round = 0; round < 100; round++)
            Evaluator.Decide(request, policies, ResourcePolicies.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
            Evaluator.Decide(request, policies, ResourcePolicies.None);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
