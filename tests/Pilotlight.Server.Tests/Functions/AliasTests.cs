using System.Collections.Immutable;
using System.Text.Json;
using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class AliasTests
{
    static readonly FunctionVersion s_latest = Versions.Of("00");

    static Function WithAliases(params Alias[] aliases) => Versions.FunctionOf(s_latest) with
    {
        Published = ImmutableSortedDictionary<int, FunctionVersion>.Empty
            .Add(1, s_latest with { Version = "1" }).Add(2, s_latest with { Version = "2" }),
        Aliases = aliases.ToImmutableSortedDictionary(alias => alias.Name, alias => alias),
    };

    static Alias To(string version, AliasRouting? routing = null) =>
        new() { Name = "live", FunctionVersion = version, Routing = routing, RevisionId = "r" };

    /// <summary>Draws what the test says.</summary>
    sealed class Draws(params double[] values) : Random
    {
        int _next;

        public override double NextDouble() => values[_next++ % values.Length];
    }

    [Theory]
    [InlineData("1")]
    [InlineData("$LATEST")]
    public void An_alias_runs_and_shows_its_version(string version)
    {
        var function = WithAliases(To(version));

        Assert.Equal(version, function.Find("live")!.Version);
        Assert.Equal(version, function.Show("live")!.Version);
        Assert.Null(function.ShowVersion("live"));
        Assert.True(function.Has("live"));
        Assert.False(function.Has("dead"));
        Assert.Null(function.Show("dead"));
    }

    [Fact]
    public void An_alias_of_LATEST_runs_what_serves_while_an_update_is_in_progress()
    {
        var serving = s_latest with { Generation = Guid.NewGuid() };
        var function = WithAliases(To("$LATEST")) with { Serving = serving };

        Assert.Same(serving, function.Find("live"));
        Assert.Same(s_latest, function.Show("live"));
    }

    [Fact]
    public void The_second_version_gets_its_share_of_invocations()
    {
        var function = WithAliases(To("1", new AliasRouting("2", 0.25)));
        var draws = new Draws(0, 0.2499, 0.25, 0.9);

        Assert.Equal(["2", "2", "1", "1"], Enumerable.Range(0, 4).Select(_ => function.Find("live", draws)!.Version));
        Assert.Equal("1", function.Show("live")!.Version);
    }

    [Theory]
    [InlineData(0.0, "1")]
    [InlineData(1.0, "2")]
    public void A_weight_of_nothing_or_everything_is_never_or_always(double weight, string expected)
    {
        var function = WithAliases(To("1", new AliasRouting("2", weight)));

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(expected, function.Find("live")!.Version));
    }

    [Fact]
    public void Aliases_survive_the_database()
    {
        var function = WithAliases(To("1", new AliasRouting("2", 0.5)) with { Description = "d" });

        var read = JsonSerializer.Deserialize(
            JsonSerializer.Serialize(function, FunctionsJson.Default.Function), FunctionsJson.Default.Function)!;

        Assert.Equal(function.Aliases["live"], Assert.Single(read.Aliases).Value);
        Assert.Same(StringComparer.Ordinal, read.Aliases.KeyComparer);
    }
}
