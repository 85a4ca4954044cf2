namespace Pilotlight.Tests;

/// <summary>Permissions from outside and from inside a function, with boto3: each case is a test of its suite.</summary>
public sealed class PermissionTests(ConformanceFixture platform)
{
    const string Python = "/usr/bin/python3";

    public static IEnumerable<TheoryDataRow<string>> Permissions() => Repository.Cases(Python, Repository.Suite("boto3", "suite_permissions.py"));

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Permissions))]
    public Task Boto3_permissions(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_permissions.py"), test, TestContext.Current.CancellationToken);
}
