using Pilotlight.Invocations;
using Pilotlight.Tests.Functions;

namespace Pilotlight.Tests.Invocations;

public sealed class LineageTests
{
    const string Root = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    static readonly Pilotlight.Functions.FunctionVersion A = Versions.Of(new string('0', 64), "a");
    static readonly Pilotlight.Functions.FunctionVersion B = Versions.Of(new string('0', 64), "b");

    [Fact]
    public void The_seventeenth_invocation_of_a_function_in_a_chain_is_a_loop()
    {
        var trace = Root;
        for (var n = 0; n < 16; n++)
        {
            trace = Lineage.Advance(trace, A);
            Assert.EndsWith($":{n}", trace);
            Assert.False(Lineage.IsLoop(trace, A));
        }

        Assert.True(Lineage.IsLoop(Lineage.Advance(trace, A), A));
        Assert.False(Lineage.IsLoop(Lineage.Advance(trace, B), B));
    }

    [Fact]
    public void A_loop_over_two_functions_is_noticed_too_and_survives_clients_that_escape_the_bar()
    {
        var trace = Root;
        for (var n = 0; n < 16; n++)
        {
            trace = Lineage.Advance(trace, A).Replace("|", "%7C", StringComparison.Ordinal);
            Assert.False(Lineage.IsLoop(trace, A));
            trace = Lineage.Advance(trace, B);
        }

        Assert.True(Lineage.IsLoop(Lineage.Advance(trace, A), A));
    }

    [Fact]
    public void A_published_version_is_the_same_function()
    {
        var trace = Root;
        for (var n = 0; n < 16; n++)
            trace = Lineage.Advance(trace, n % 2 == 0 ? A : A with { Version = "7" });

        Assert.True(Lineage.IsLoop(Lineage.Advance(trace, A), A));
    }

    [Theory]
    [InlineData("Lineage=")]
    [InlineData("Lineage=||||")]
    [InlineData("Lineage=1:zz:5")]
    [InlineData("Lineage=1:aaaaaaaa:-5|1:aaaaaaaa:99999999999999")]
    [InlineData("Lineage=:::::")]
    public void Nonsense_counts_as_no_lineage(string lineage)
    {
        var trace = Lineage.Advance($"{Root};{lineage};Self=x", A);

        Assert.Matches("^Root=[^;]+;Parent=[^;]+;Sampled=1;Lineage=1:[0-9a-f]{8}:0;Self=x$", trace);
        Assert.False(Lineage.IsLoop(trace, A));
    }

    [Fact]
    public void A_long_chain_of_different_functions_does_not_grow_without_end()
    {
        var trace = Root;
        for (var n = 0; n < 100; n++)
            trace = Lineage.Advance(trace, Versions.Of(new string('0', 64), $"f{n}"));

        Assert.Equal(16, trace.Split("Lineage=")[1].Split('|').Length);
    }
}
