using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class FunctionStatesTests
{
    static readonly DateTimeOffset Now = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    static readonly HashSet<Guid> None = [];

    static Function Active() => Versions.FunctionOf(Versions.Of("00"));

    [Fact]
    public void The_previous_version_serves_until_the_update_is_settled()
    {
        var before = Active();

        var updating = FunctionStates.Updating(before, before.Latest with { CodeHash = "11" }, Now);
        var settled = FunctionStates.Settle(updating, new HashSet<Guid> { updating.Latest.Generation }, None);

        Assert.Same(before.Latest, updating.Find(null));
        Assert.Equal("11", updating.Show(null)!.CodeHash);
        Assert.Equal(("11", "Successful"), (settled.Find(null)!.CodeHash, settled.Latest.LastUpdateStatus));
        Assert.Equal(updating.Latest.Generation, settled.Latest.Generation);
        Assert.Equal(Now, settled.Latest.LastModified);
    }

    [Fact]
    public void A_failed_update_leaves_the_previous_version_serving()
    {
        var before = Active();
        var updating = FunctionStates.Updating(before, before.Latest with { CodeHash = "11" }, Now);

        var failed = FunctionStates.Settle(updating, None, new HashSet<Guid> { updating.Latest.Generation });

        Assert.Equal(("Active", "Failed", "InvalidZipFileException"), (failed.Latest.State, failed.Latest.LastUpdateStatus, failed.Latest.LastUpdateStatusReasonCode));
        Assert.Same(before.Latest, failed.Find(null));
        var repaired = FunctionStates.Updating(failed, failed.Latest with { CodeHash = "22" }, Now);
        Assert.Same(before.Latest, repaired.Find(null));
    }

    [Fact]
    public void Settling_touches_only_the_generations_that_were_looked_at()
    {
        var updating = FunctionStates.Updating(Active(), Active().Latest, Now);

        Assert.Same(updating, FunctionStates.Settle(updating, new HashSet<Guid> { Guid.NewGuid() }, None));
    }

    [Fact]
    public void Refuses_changes_while_pending_or_in_progress()
    {
        var pending = Versions.FunctionOf(FunctionStates.Created(Versions.Of("00")));
        var updating = FunctionStates.Updating(Active(), Active().Latest, Now);

        Assert.Equal("The operation cannot be performed at this time. The function is currently in the following state: Pending", FunctionStates.RefuseChange(pending, null)!.Message);
        Assert.Equal($"The operation cannot be performed at this time. An update is in progress for resource: {FunctionsServer.ArnOf("f")}", FunctionStates.RefuseChange(updating, null)!.Message);
        Assert.Null(FunctionStates.RefuseChange(Active(), null));
    }

    [Fact]
    public void Publishing_unchanged_code_and_configuration_gives_the_same_version_again()
    {
        var (published, first) = FunctionStates.Publish(Active(), "described", Now);
        var (again, second) = FunctionStates.Publish(published, "described otherwise", Now);
        var (changed, third) = FunctionStates.Publish(published with { Latest = published.Latest with { TimeoutSeconds = 9 } }, null, Now);

        Assert.Same(first, second);
        Assert.Same(published, again);
        Assert.Equal(("1", "described", "Active"), (first.Version, first.Description, first.State));
        Assert.Equal("2", third.Version);
        Assert.Equal(2, changed.Published.Count);
        Assert.NotEqual(published.Latest.RevisionId, changed.Latest.RevisionId);
    }

    [Fact]
    public void Version_numbers_are_never_reused()
    {
        var (function, _) = FunctionStates.Publish(Active(), null, Now);
        function = function with { Published = function.Published.Clear() };

        var (_, version) = FunctionStates.Publish(function, null, Now);

        Assert.Equal("2", version.Version);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("01", false)]
    [InlineData("+1", false)]
    [InlineData("2", false)]
    [InlineData("prod", false)]
    public void A_version_is_found_by_its_exact_number(string qualifier, bool found)
    {
        var (function, _) = FunctionStates.Publish(Active(), null, Now);

        Assert.Equal(found, function.Find(qualifier) is not null);
    }
}
