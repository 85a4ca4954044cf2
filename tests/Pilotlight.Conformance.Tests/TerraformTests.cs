namespace Pilotlight.Tests;

/// <summary>
/// Terraform against the running platform: apply, an empty plan, a change, destroy. Apart from the other clients, because it takes long; in two
/// classes, because most of that is the provider's own waiting, in which another can work.
/// </summary>
public abstract class TerraformSuites(ConformanceFixture platform)
{
    /// <summary>The provider takes half a minute to start, six times a test.</summary>
    protected const int TerraformMilliseconds = 900_000;

    protected static IEnumerable<TheoryDataRow<string>> Cases(string suite) => Repository.Cases("/bin/bash", FileOf(suite));

    protected Task RunAsync(string suite, string test, CancellationToken cancellation) => platform.RunAsync("/bin/bash", FileOf(suite), test, cancellation);

    static string FileOf(string suite) => Repository.Suite("terraform", $"suite_{suite}.sh");
}

/// <summary>Functions and what is around them.</summary>
public sealed class TerraformTests(ConformanceFixture platform) : TerraformSuites(platform)
{
    public static IEnumerable<TheoryDataRow<string>> TerraformIam() => Cases("iam");

    public static IEnumerable<TheoryDataRow<string>> TerraformLambda() => Cases("lambda");

    public static IEnumerable<TheoryDataRow<string>> TerraformTopics() => Cases("topics");

    public static IEnumerable<TheoryDataRow<string>> TerraformHttpApis() => Cases("http_apis");

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformIam))]
    public Task Terraform_iam(string test) => RunAsync("iam", test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformLambda))]
    public Task Terraform_lambda(string test) => RunAsync("lambda", test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformTopics))]
    public Task Terraform_topics(string test) => RunAsync("topics", test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformHttpApis))]
    public Task Terraform_http_apis(string test) => RunAsync("http_apis", test, TestContext.Current.CancellationToken);
}

/// <summary>What keeps things: the provider waits longest for these.</summary>
public sealed class TerraformStoreTests(ConformanceFixture platform) : TerraformSuites(platform)
{
    public static IEnumerable<TheoryDataRow<string>> TerraformBuses() => Cases("buses");

    public static IEnumerable<TheoryDataRow<string>> TerraformBuckets() => Cases("buckets");

    public static IEnumerable<TheoryDataRow<string>> TerraformQueues() => Cases("queues");

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformBuses))]
    public Task Terraform_buses(string test) => RunAsync("buses", test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformBuckets))]
    public Task Terraform_buckets(string test) => RunAsync("buckets", test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformQueues))]
    public Task Terraform_queues(string test) => RunAsync("queues", test, TestContext.Current.CancellationToken);
}
