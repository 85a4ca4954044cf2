namespace Pilotlight.Tests;

/// <summary>Permissions, event invoke configs, mappings, recursion and JSON logs with boto3: each case is a test of its suite.</summary>
public sealed class ConfigTests(ConformanceFixture platform)
{
    const string Python = "/usr/bin/python3";

    public static IEnumerable<TheoryDataRow<string>> Configs() => Repository.Cases(Python, Repository.Suite("boto3", "suite_configs.py"));

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Configs))]
    public Task Boto3_configs(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_configs.py"), test, TestContext.Current.CancellationToken);
}
